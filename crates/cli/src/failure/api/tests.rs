use super::*;

fn status(code: u16, reason: &str, message: &str) -> Status {
    Status::failure(message, reason).with_code(code)
}

fn told(status: &Status) -> String {
    let asked = Asked::to_write("change chg-1234", "tidegate");
    let error = ApiError::answered(status, &asked, "https://api.example.com");
    let hint = error
        .hint()
        .map_or(String::new(), |hint| format!("\nhint: {hint}"));
    format!("{:?}: {error}{hint}", error.exit())
}

#[test]
fn the_role_that_is_missing_is_named() {
    let hint = |asked: &Asked, sentence: &str| {
        let message = format!("x is forbidden: User \"lea\" cannot {sentence}");
        let error = ApiError::answered(&status(403, "Forbidden", &message), asked, "");
        error.hint().unwrap()
    };
    let write = Asked::to_write("your word on change chg-1", "tidegate");
    let approvals = hint(
        &write,
        "create resource \"approvals\" in API group \"tidegate.dev\" in the namespace \"tidegate\"",
    );
    assert!(approvals.ends_with("the ClusterRole tidegate-approver"));
    let calendar = Asked::to_read_of_cluster("calendar production");
    let calendars = hint(
        &calendar,
        "get resource \"changecalendars\" in API group \"tidegate.dev\" at the cluster scope",
    );
    assert!(calendars.contains("a ClusterRoleBinding to the ClusterRole tidegate-viewer"));
}

#[test]
fn every_answer_is_one_sentence_with_a_hint() {
    let missing: Status = serde_json::from_value(serde_json::json!({
        "status": "Failure", "code": 404, "reason": "NotFound",
        "message": "changes.tidegate.dev \"chg-1234\" not found",
        "details": { "name": "chg-1234", "group": "tidegate.dev", "kind": "changes" },
    }))
    .unwrap();
    let invalid: Status = serde_json::from_value(serde_json::json!({
        "status": "Failure", "code": 422, "reason": "Invalid",
        "message": "Change.tidegate.dev \"chg-1234\" is invalid: …",
        "details": {
            "name": "chg-1234", "group": "tidegate.dev", "kind": "Change",
            "causes": [
                { "reason": "FieldValueInvalid", "field": "spec.source",
                  "message": "Invalid value: {\"ref\":\"main\",\"revision\":\"9f\"}: give exactly one of revision (a full commit SHA) and ref (a branch or tag)" },
                { "reason": "FieldValueInvalid", "field": "spec",
                  "message": "Invalid value: \"object\": type standard needs a template and there are none yet; use normal" },
                { "reason": "FieldValueRequired", "field": "spec.rollback", "message": "Required value" },
                { "reason": "FieldValueInvalid", "field": "spec.title",
                  "message": "Invalid value: \"\": spec.title in body should be at least 1 chars long" },
            ],
        },
    }))
    .unwrap();
    let answers = [
        status(401, "Unauthorized", "Unauthorized"),
        status(
            403,
            "Forbidden",
            "changes.tidegate.dev is forbidden: User \"dana\" cannot create resource \"changes\" in API group \"tidegate.dev\" in the namespace \"tidegate\"",
        ),
        status(
            403,
            "Forbidden",
            "changes.tidegate.dev \"chg-1234\" is forbidden: ValidatingAdmissionPolicy 'tidegate-requester-is-writer' with binding 'tidegate-requester-is-writer' denied request: spec.requestedBy is \"lea\" but you are \"dana\": nobody submits for another",
        ),
        status(
            404,
            "NotFound",
            "the server could not find the requested resource",
        ),
        status(404, "NotFound", "namespaces \"tidegate\" not found"),
        missing,
        status(
            409,
            "AlreadyExists",
            "changes.tidegate.dev \"chg-1234\" already exists",
        ),
        invalid,
        status(
            400,
            "BadRequest",
            "Change in version \"v1alpha1\" cannot be handled as a Change: strict decoding error: unknown field \"spec.expectedDurations\"",
        ),
        status(500, "InternalError", "etcdserver: request timed out"),
    ];
    let told: Vec<String> = answers.iter().map(told).collect();
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn to_look_and_not_be_allowed_is_no_answer() {
    let message =
        "changes.tidegate.dev is forbidden: User \"dana\" cannot list resource \"changes\"";
    let asked = Asked::to_read("list of changes", "tidegate");
    let error = ApiError::answered(&status(403, "Forbidden", message), &asked, "");
    assert_eq!(error.exit(), Exit::CannotJudge);
}

#[test]
fn an_api_server_that_is_away_is_named() {
    let refused = std::io::Error::from_raw_os_error(111);
    let error = kube::Error::Service(Box::new(refused));
    let asked = Asked::to_read("change chg-1234", "tidegate");
    let error = ApiError::new(error, &asked, "https://127.0.0.1:6443");
    assert_eq!(
        error.to_string(),
        "cannot reach the API server at https://127.0.0.1:6443: connection refused"
    );
    assert!(error.is_passing());
}
