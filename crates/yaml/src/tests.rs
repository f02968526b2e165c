use serde_json::json;

use super::*;

fn read_one(text: &str) -> Result<Value, YamlError> {
    documents(text).map(|mut documents| documents.remove(0).into_json())
}

#[test]
fn documents_keep_their_order_and_lines() {
    let documents = documents("a: 1\n---\n# nothing\n---\nb:\n- x\n- {c: d}\n").unwrap();
    assert_eq!(documents.len(), 3);
    assert!(documents[1].is_null());
    let (key, value) = &documents[2].as_mapping().unwrap()[0];
    assert_eq!((key.as_str(), value.line), ("b", 6));
    let Content::Sequence(items) = &value.content else {
        panic!("not a list")
    };
    assert_eq!((items[0].line, items[1].line), (6, 7));
}

#[test]
fn documents_before_a_broken_one_are_kept() {
    let (documents, error) = documents_before_error("a: 1\n---\nb: [\n---\nc: 1\n");
    assert_eq!(documents.len(), 1);
    assert_eq!(documents[0].field("a").unwrap().line, 1);
    assert!(error.unwrap().line() >= 3);
}

#[test]
fn a_text_without_documents_is_empty() {
    assert_eq!(documents("").unwrap(), []);
    assert_eq!(documents("# only a comment\n").unwrap(), []);
}

#[test]
fn aliases_stand_for_what_they_name() {
    let value = read_one("a: &x {b: [1]}\nc: *x\nd: &y text\ne: *y\n").unwrap();
    assert_eq!(
        value,
        json!({"a": {"b": [1]}, "c": {"b": [1]}, "d": "text", "e": "text"})
    );
}

#[test]
fn aliases_of_aliases_end_at_the_limit() {
    let lists: Vec<String> = (1..9)
        .map(|level| {
            let items = [format!("*a{}", level - 1).as_str(); 10].join(", ");
            format!("a{level}: &a{level} [{items}]")
        })
        .collect();
    let text = format!(
        "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n{}",
        lists.join("\n")
    );
    assert!(matches!(read_one(&text), Err(YamlError::TooLarge { .. })));
}

#[test]
fn an_alias_of_itself_is_an_error() {
    assert!(matches!(
        read_one("a: &x\n  b: *x\n"),
        Err(YamlError::Syntax { line: 2, .. })
    ));
}

#[test]
fn a_key_twice_is_an_error_in_every_spelling() {
    for text in [
        "a: 1\nb: 2\na: 3\n",
        "1: x\nb: 2\n'1': y\n",
        "true: 1\nb: 2\nyes: 3\n",
    ] {
        assert!(
            matches!(read_one(text), Err(YamlError::DuplicateKey { line: 3, .. })),
            "{text}"
        );
    }
}

#[test]
fn keys_become_text_where_json_can_have_them() {
    assert_eq!(
        read_one("1: a\ntrue: b\n").unwrap(),
        json!({"1": "a", "true": "b"})
    );
    for text in ["1.5: a\n", "~: a\n", "[a]: b\n", "{a: b}: c\n"] {
        assert!(
            matches!(read_one(text), Err(YamlError::Key { line: 1 })),
            "{text}"
        );
    }
    assert_eq!(
        read_one("<<: {a: 1}\n"),
        Err(YamlError::MergeKey { line: 1 })
    );
}

#[test]
fn what_is_not_yaml_says_where() {
    assert!(matches!(
        read_one("a: 1\nb: [1, 2\n"),
        Err(YamlError::Syntax { line, .. }) if line >= 2
    ));
    assert!(matches!(
        read_one("a: *nowhere\n"),
        Err(YamlError::Syntax { line: 1, .. })
    ));
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    assert!(matches!(read_one(&deep), Err(YamlError::Syntax { .. })));
}

#[test]
fn tags_without_meaning_in_json_are_refused() {
    for text in [
        "a: !!binary aGk=\n",
        "a: !custom x\n",
        "a: !custom {}\n",
        "a: !!set {}\n",
    ] {
        assert!(
            matches!(read_one(text), Err(YamlError::Tag { line: 1, .. })),
            "{text}"
        );
    }
    assert_eq!(
        read_one("a: !!str 1\nb: !!int '2'\nc: !!map {}\nd: !!seq []\n").unwrap(),
        json!({"a": "1", "b": 2, "c": {}, "d": []})
    );
}

#[test]
fn reading_on_takes_the_last_of_a_key_and_says_where_it_is() {
    let reading = read("a: 1\n---\nb:\n- c: 1\n  d: 2\n  c: {e: 3}\n");
    assert_eq!(reading.error, None);
    let duplicate = &reading.duplicates[0];
    assert_eq!((duplicate.document, duplicate.mark.line), (1, 6));
    assert_eq!(
        duplicate.steps,
        [
            Step::Field("b".to_owned()),
            Step::Item(0),
            Step::Field("c".to_owned())
        ]
    );
    let value = reading.documents[1].clone().into_json();
    assert_eq!(value, json!({"b": [{"c": {"e": 3}, "d": 2}]}));
}

#[test]
fn many_keys_are_told_apart_too() {
    let mut text = (0..40)
        .map(|key| format!("k{key}: 1"))
        .collect::<Vec<_>>()
        .join("\n");
    text.push('\n');
    assert_eq!(documents(&text).unwrap().len(), 1);
    text.push_str("k3: 1\n");
    assert!(matches!(
        read_one(&text),
        Err(YamlError::DuplicateKey { line: 41, .. })
    ));
}

#[test]
fn a_value_knows_where_its_key_is() {
    let documents = documents("a:\n  - b: 1\n").unwrap();
    let list = documents[0].field("a").unwrap();
    assert_eq!((list.line, list.key.unwrap().line), (2, 1));
    let item = &list.as_sequence().unwrap()[0];
    assert_eq!(item.key, None);
    assert_eq!(item.field("b").unwrap().key.unwrap().column, 5);
}
