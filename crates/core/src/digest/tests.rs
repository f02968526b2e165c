use proptest::prelude::*;
use serde_json::json;

use super::*;

/// Written out by hand from the definition, and hashed with another program.
const TARGET: &str = "0ae00bb2a78ab76042ea82e55f7909debe92176fac9199aee052947dfc565d2b";
const EMPTY: &str = "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945";
const CHANGE: &str = "68f342433b28b38fe8ac9fa91f0486f96da96ab02f8dd927e708fe449494c041";

fn objects() -> Vec<Value> {
    vec![
        json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"namespace": "production", "name": "api-gateway"},
            "spec": {"replicas": 10, "paused": false}}),
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "production"}}),
        json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "settings", "namespace": "production"},
            "data": {"greeting": "Grüezi \"all\"\n", "b": "2", "a": "1"}}),
    ]
}

fn target(name: &str) -> TargetKey {
    TargetKey {
        cluster: "prod".to_owned(),
        namespace: "production".to_owned(),
        name: name.to_owned(),
    }
}

#[test]
fn a_targets_digest_follows_the_definition() {
    assert_eq!(target_digest(&objects()).unwrap().to_string(), TARGET);
    assert_eq!(target_digest(&[]).unwrap().to_string(), EMPTY);
}

#[test]
fn a_changes_digest_follows_the_definition() {
    let targets = BTreeMap::from([
        (target("checkout"), EMPTY.parse().unwrap()),
        (target("api-gateway"), TARGET.parse().unwrap()),
    ]);
    assert_eq!(change_digest(&targets).to_string(), CHANGE);
    assert_eq!(change_digest(&BTreeMap::new()).to_string(), EMPTY);
}

#[test]
fn every_part_of_a_target_counts() {
    let digest = Digest::of(b"a");
    let one =
        |target: TargetKey, digest: Digest| change_digest(&BTreeMap::from([(target, digest)]));
    let first = one(target("a"), digest);
    let others = [
        one(target("b"), digest),
        one(
            TargetKey {
                cluster: "other".to_owned(),
                ..target("a")
            },
            digest,
        ),
        one(
            TargetKey {
                namespace: "other".to_owned(),
                ..target("a")
            },
            digest,
        ),
        one(target("a"), Digest::of(b"b")),
    ];
    for other in others {
        assert_ne!(other, first);
    }
}

#[test]
fn what_an_application_ignores_counts() {
    let objects = objects();
    let plain = target_digest(&objects).unwrap();
    assert_eq!(application_digest(&objects, &[]).unwrap(), plain);
    let ignored = [serde_json::json!({"kind": "Deployment", "group": "apps"})];
    let text = format!(r#"["{plain}",[{{"group":"apps","kind":"Deployment"}}]]"#);
    let with = application_digest(&objects, &ignored).unwrap();
    assert_eq!(with, Digest::of(text.as_bytes()));
}

#[test]
fn names_are_written_as_canonical_json_too() {
    let targets = BTreeMap::from([(target("a\"\\\u{1}\u{7f}\u{2028}é"), Digest::of(b""))]);
    let row: Vec<Vec<String>> = targets
        .iter()
        .map(|(key, digest)| {
            vec![
                key.cluster.clone(),
                key.namespace.clone(),
                key.name.clone(),
                digest.to_string(),
            ]
        })
        .collect();
    let canonical = serde_json_canonicalizer::to_vec(&row).unwrap();
    assert_eq!(change_digest(&targets), Digest::of(&canonical));
}

#[test]
fn objects_alike_but_for_their_version_have_one_order() {
    let object = |version: &str, note: &str| {
        json!({"apiVersion": version, "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "a", "note": note}})
    };
    let (a, b, c) = (
        object("autoscaling/v1", "z"),
        object("autoscaling/v2", "a"),
        object("autoscaling/v2", "b"),
    );
    let forwards = target_digest(&[a.clone(), b.clone(), c.clone()]).unwrap();
    assert_eq!(target_digest(&[c, b, a]).unwrap(), forwards);
}

#[test]
fn integers_that_would_lose_digits_have_no_digest() {
    let with = |number: Value| {
        json!({"apiVersion": "example.com/v1", "kind": "Limit", "metadata": {"name": "a"},
            "spec": {"rules": [{"most/ever": number}]}})
    };
    for number in [
        json!(9_007_199_254_740_991_u64),
        json!(-9_007_199_254_740_991_i64),
        json!(0.5),
    ] {
        assert!(target_digest(&[with(number)]).is_ok());
    }
    for number in [
        json!(9_007_199_254_740_993_u64),
        json!(u64::MAX),
        json!(i64::MIN),
    ] {
        assert_eq!(
            target_digest(&[with(number)]).unwrap_err().to_string(),
            "Limit/a has an integer at /spec/rules/0/most~1ever that canonical JSON cannot hold exactly"
        );
    }
}

#[test]
fn says_which_object_is_none() {
    let error = target_digest(&[objects().remove(0), json!({"kind": "List"})]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "object 2 of the rendered manifests cannot be identified"
    );
}

#[test]
fn a_digest_reads_back_from_its_text_only() {
    let digest: Digest = TARGET.parse().unwrap();
    assert_eq!(digest.short(), "0ae00b");
    assert_eq!(serde_json::to_value(digest).unwrap(), json!(TARGET));
    assert_eq!(
        serde_json::from_value::<Digest>(json!(TARGET)).unwrap(),
        digest
    );
    let long = format!("{TARGET}0");
    let odd = format!("{TARGET}00");
    for wrong in [
        "",
        "0ae00b",
        &TARGET.to_uppercase(),
        &long,
        &odd,
        &TARGET.replace('0', "g"),
        &TARGET.replacen("0a", "é", 1),
    ] {
        assert_eq!(wrong.parse::<Digest>(), Err(ParseDigestError), "{wrong}");
    }
}

/// JSON as manifests hold it.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,4}", inner, 0..4)
                .prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

fn any_object() -> impl Strategy<Value = Value> {
    let kinds = prop::sample::select(vec![
        ("v1", "Secret"),
        ("apps/v1", "Deployment"),
        ("v2", "Secret"),
    ]);
    (kinds, "[a-c]", prop::option::of("[a-c]"), any_value()).prop_map(
        |((version, kind), name, namespace, spec)| {
            json!({"apiVersion": version, "kind": kind,
                "metadata": {"name": name, "namespace": namespace}, "spec": spec})
        },
    )
}

/// JSON pointers of everything without parts.
fn leaves(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, part) in fields {
                leaves(part, &field::pointer_to(pointer, name), found);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, part) in items.iter().enumerate() {
                leaves(part, &format!("{pointer}/{index}"), found);
            }
        }
        _ => found.push(pointer.to_owned()),
    }
}

/// The same JSON with the keys of every map written in reverse.
fn reversed(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .rev()
                .map(|(name, part)| format!("{} : {}", Value::from(name.clone()), reversed(part)))
                .collect();
            format!("{{ {} }}", fields.join(" , "))
        }
        Value::Array(items) => {
            format!(
                "[{}]",
                items.iter().map(reversed).collect::<Vec<_>>().join(",")
            )
        }
        leaf => leaf.to_string(),
    }
}

proptest! {
    #[test]
    fn neither_order_matters(objects in prop::collection::vec(any_object(), 0..6), turn in 0..6_usize) {
        let digest = target_digest(&objects).unwrap();
        let mut turned = objects.clone();
        turned.rotate_left(turn.min(objects.len()));
        prop_assert_eq!(target_digest(&turned).unwrap(), digest);
        turned.reverse();
        prop_assert_eq!(target_digest(&turned).unwrap(), digest);
        let rewritten: Vec<Value> =
            objects.iter().map(|object| serde_json::from_str(&reversed(object)).unwrap()).collect();
        prop_assert_eq!(target_digest(&rewritten).unwrap(), digest);
    }

    #[test]
    fn any_change_of_a_leaf_changes_the_digest(
        objects in prop::collection::vec(any_object(), 1..4),
        object: prop::sample::Index,
        leaf: prop::sample::Index,
        new in "[a-z]{3}",
    ) {
        let digest = target_digest(&objects).unwrap();
        let mut changed = objects.clone();
        let object = object.get_mut(&mut changed);
        let mut pointers: Vec<String> = Vec::new();
        leaves(object, "", &mut pointers);
        let place = object.pointer_mut(leaf.get(&pointers).as_str()).unwrap();
        prop_assume!(*place != json!(new));
        *place = json!(new);
        prop_assert_ne!(target_digest(&changed).unwrap(), digest);
    }

    #[test]
    fn one_object_more_changes_the_digest(mut objects in prop::collection::vec(any_object(), 0..4), more in any_object()) {
        let digest = target_digest(&objects).unwrap();
        objects.push(more);
        prop_assert_ne!(target_digest(&objects).unwrap(), digest);
    }
}
