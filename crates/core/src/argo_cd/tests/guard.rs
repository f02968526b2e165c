use serde_json::json;

use super::{commit, object, read, revision, with};
use crate::argo_cd::guard::{Guard, guard};

#[test]
fn a_pin_is_remembered_once_and_then_put_back_whoever_moves_it() {
    let adopted = read(&object());
    assert_eq!(guard(&adopted, None, false), Guard::Adopted(commit("a")));
    assert_eq!(guard(&adopted, Some(&commit("a")), false), Guard::Fine);
    for moved in ["main", revision("b").as_str()] {
        let application = read(&with("/spec/source/targetRevision", json!(moved)));
        assert_eq!(
            guard(&application, Some(&commit("a")), false),
            Guard::Moved {
                to: moved.to_owned(),
                back: commit("a"),
            }
        );
        // The change that is at work there sees to it.
        assert_eq!(guard(&application, Some(&commit("a")), true), Guard::Fine);
    }
}

#[test]
fn what_was_given_back_is_forgotten_and_what_was_never_given_is_left_alone() {
    let free = read(&with("/metadata/annotations", json!({})));
    assert_eq!(guard(&free, Some(&commit("a")), false), Guard::Released);
    assert_eq!(guard(&free, None, false), Guard::Fine);
    let follows = read(&with("/spec/source/targetRevision", json!("main")));
    assert_eq!(guard(&follows, None, false), Guard::Fine);
}
