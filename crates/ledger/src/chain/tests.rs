use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::json;

use super::*;
use crate::entry::Event;

type Rows = Vec<(Vec<u8>, Vec<u8>)>;

fn entry(index: u64, previous: Hash, what: &str) -> Entry {
    Entry {
        index,
        at: "2026-04-08T02:00:00Z".parse().unwrap(),
        change: "chg-1234".into(),
        change_uid: "5b6c".into(),
        event: Event::Recorded {
            key: format!("{what}-{index}"),
            what: what.into(),
            detail: json!({"number": index}),
        },
        previous,
    }
}

fn chain(length: u64) -> (Rows, Head) {
    let mut rows = Rows::new();
    let mut previous = Hash::ZERO;
    for index in 0..length {
        let bytes = entry(index, previous, "phase").canonical().unwrap();
        previous = Hash::of(&bytes);
        rows.push((bytes, previous.as_ref().to_vec()));
    }
    let head = Head {
        index: length - 1,
        hash: previous,
    };
    (rows, head)
}

fn fault(rows: Rows, remembered: Option<Head>) -> Fault {
    verify(rows, remembered).unwrap_err().what
}

// An entry that someone who knows the format writes over another one.
fn forged(rows: &Rows, place: usize) -> (Vec<u8>, Vec<u8>) {
    let previous = place
        .checked_sub(1)
        .map_or(Hash::ZERO, |before| Hash::of(&rows[before].0));
    let bytes = entry(place as u64, previous, "forged").canonical().unwrap();
    let hash = Hash::of(&bytes).as_ref().to_vec();
    (bytes, hash)
}

#[test]
fn empty_chain_has_no_head() {
    assert_eq!(verify(Rows::new(), None), Ok(None));
}

#[test]
fn remembered_head_may_be_an_earlier_one() {
    let (rows, head) = chain(5);
    let earlier = Head {
        index: 2,
        hash: Hash::of(&rows[2].0),
    };
    assert_eq!(verify(rows, Some(earlier)), Ok(Some(head)));
}

#[test]
fn truth_that_was_written_anew_differs_from_the_remembered_head() {
    let (mut rows, head) = chain(3);
    rows[2] = forged(&rows, 2);
    assert!(verify(rows.clone(), None).is_ok());
    assert_eq!(fault(rows, Some(head)), Fault::Replaced);
}

#[test]
fn everything_removed_is_found_with_a_remembered_head() {
    let (_, head) = chain(3);
    assert_eq!(fault(Rows::new(), Some(head)), Fault::Missing);
}

#[test]
fn break_names_its_place_and_says_what_is_wrong() {
    let (mut rows, _) = chain(5);
    rows.remove(3);
    let broken = verify(rows, None).unwrap_err();
    assert_eq!(
        broken.to_string(),
        "the record is broken at entry 3: the entry in this place says it is entry 4"
    );
}

proptest! {
    #[test]
    fn whole_chain_holds(length in 1_u64..12) {
        let (rows, head) = chain(length);
        prop_assert_eq!(verify(rows, Some(head)), Ok(Some(head)));
    }

    #[test]
    fn edited_byte_of_an_entry_is_found(
        length in 1_u64..8, row in any::<Index>(), byte in any::<Index>(), flip in 1_u8..,
    ) {
        let (mut rows, _) = chain(length);
        let row = row.index(rows.len());
        let byte = byte.index(rows[row].0.len());
        rows[row].0[byte] ^= flip;
        prop_assert_eq!(
            verify(rows, None),
            Err(Broken { index: row as u64, what: Fault::Altered })
        );
    }

    #[test]
    fn edited_byte_of_a_hash_is_found(
        length in 1_u64..8, row in any::<Index>(), byte in 0_usize..32, flip in 1_u8..,
    ) {
        let (mut rows, _) = chain(length);
        let row = row.index(rows.len());
        rows[row].1[byte] ^= flip;
        prop_assert_eq!(
            verify(rows, None),
            Err(Broken { index: row as u64, what: Fault::Altered })
        );
    }

    // With its hash made anew the edited entry itself is sound; the next is not.
    #[test]
    fn entry_replaced_with_its_hash_is_found_at_the_next(
        length in 2_u64..8, row in any::<Index>(),
    ) {
        let (mut rows, _) = chain(length);
        let row = row.index(rows.len() - 1);
        rows[row] = forged(&rows, row);
        prop_assert_eq!(
            verify(rows, None),
            Err(Broken { index: row as u64 + 1, what: Fault::Unlinked })
        );
    }

    #[test]
    fn dropped_entry_is_found(length in 2_u64..8, row in any::<Index>()) {
        let (mut rows, _) = chain(length);
        let row = row.index(rows.len() - 1);
        rows.remove(row);
        prop_assert_eq!(fault(rows, None), Fault::Displaced { says: row as u64 + 1 });
    }

    #[test]
    fn swapped_entries_are_found(
        length in 2_u64..8, first in any::<Index>(), distance in any::<Index>(),
    ) {
        let (mut rows, _) = chain(length);
        let first = first.index(rows.len() - 1);
        let second = first + 1 + distance.index(rows.len() - first - 1);
        rows.swap(first, second);
        prop_assert_eq!(fault(rows, None), Fault::Displaced { says: second as u64 });
    }

    #[test]
    fn copied_entry_is_found(length in 1_u64..8, from in any::<Index>(), to in any::<Index>()) {
        let (mut rows, _) = chain(length);
        let copy = rows[from.index(rows.len())].clone();
        let place = to.index(rows.len() + 1);
        rows.insert(place, copy);
        prop_assert!(verify(rows, None).is_err());
    }

    #[test]
    fn forged_entry_between_others_is_found(length in 1_u64..8, place in any::<Index>()) {
        let (mut rows, _) = chain(length);
        let place = place.index(rows.len());
        rows.insert(place, forged(&rows, place));
        prop_assert_eq!(fault(rows, None), Fault::Displaced { says: place as u64 });
    }

    #[test]
    fn truncation_is_found_with_the_remembered_head(length in 1_u64..8, left in any::<Index>()) {
        let (mut rows, head) = chain(length);
        rows.truncate(left.index(rows.len()));
        prop_assert_eq!(
            verify(rows, Some(head)),
            Err(Broken { index: head.index, what: Fault::Missing })
        );
    }
}
