//! What an Application says to Helm: `helm` of its source (`ApplicationSourceHelm` in
//! `pkg/apis/application/v1alpha1/types.go` of Argo CD).

use serde::Deserialize;
use serde_json::Value;

/// Every parameter that is known.
const KNOWN: [&str; 15] = [
    "apiVersions",
    "fileParameters",
    "ignoreMissingValueFiles",
    "kubeVersion",
    "namespace",
    "parameters",
    "passCredentials",
    "releaseName",
    "skipCrds",
    "skipSchemaValidation",
    "skipTests",
    "valueFiles",
    "values",
    "valuesObject",
    "version",
];

/// The parameters of a chart.
#[expect(
    clippy::struct_excessive_bools,
    reason = "these are the switches that Argo CD has"
)]
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Parameters {
    pub(super) value_files: Vec<String>,
    pub(super) ignore_missing_value_files: bool,
    values: String,
    values_object: Option<Value>,
    #[serde(rename = "parameters")]
    pub(super) by_name: Vec<Parameter>,
    #[serde(rename = "fileParameters")]
    pub(super) from_files: Vec<FileParameter>,
    pub(super) release_name: String,
    pub(super) namespace: String,
    pub(super) kube_version: String,
    pub(super) api_versions: Vec<String>,
    pub(super) skip_crds: bool,
    pub(super) skip_tests: bool,
    pub(super) skip_schema_validation: bool,
    version: String,
}

/// One value by its name.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) value: String,
    /// It is a text, whatever it looks like.
    pub(super) force_string: bool,
}

/// One value that is a file's text.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct FileParameter {
    pub(super) name: String,
    pub(super) path: String,
}

impl Parameters {
    /// Reads them. Without any a chart has its own values.
    ///
    /// # Errors
    ///
    /// A parameter that Tidegate does not know: nobody could say what would be
    /// deployed.
    pub(super) fn read(parameters: Option<&Value>) -> Result<Self, String> {
        let Some(parameters) = parameters else {
            return Ok(Self::default());
        };
        let Some(fields) = parameters.as_object() else {
            return Err("the parameters of Helm are not an object".to_owned());
        };
        if let Some(unknown) = fields.keys().find(|name| !KNOWN.contains(&name.as_str())) {
            return Err(format!(
                "the parameter {unknown} of Helm is not known to Tidegate, so nobody could say what would be deployed; take it out"
            ));
        }
        // A field that is null is one that is not there.
        let given = fields.iter().filter(|(_, value)| !value.is_null());
        let given: serde_json::Map<String, Value> = given
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let read = Self::deserialize(Value::Object(given))
            .map_err(|error| format!("the parameters of Helm do not read: {error}"))?;
        // Argo CD 3.5 renders all of them with Helm 4 (`NewCmd` in `util/helm/cmd.go`).
        if !matches!(read.version.as_str(), "" | "v3" | "v4") {
            return Err(format!(
                "version {} of Helm is none that Argo CD has",
                read.version
            ));
        }
        Ok(read)
    }

    /// The text of `valuesObject`, or else of `values`, if there is any. What is
    /// JSON is YAML as well.
    pub(super) fn values(&self) -> Option<String> {
        match &self.values_object {
            Some(values) => Some(values.to_string()),
            None => Some(self.values.clone()).filter(|values| !values.is_empty()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_parameter_that_is_not_known_is_refused_by_name() {
        let refused = Parameters::read(Some(&json!({"postRenderer": "x"}))).unwrap_err();
        assert!(refused.starts_with("the parameter postRenderer of Helm is not known"));
        let refused = Parameters::read(Some(&json!({"skipCrds": "yes"}))).unwrap_err();
        assert!(refused.starts_with("the parameters of Helm do not read"));
        let refused = Parameters::read(Some(&json!({"version": "v2"}))).unwrap_err();
        assert!(refused.contains("version v2 of Helm"), "{refused}");
    }

    #[test]
    fn values_as_an_object_win_over_values_as_a_text() {
        let values = |parameters: Value| Parameters::read(Some(&parameters)).unwrap().values();
        assert_eq!(values(json!({})), None);
        assert_eq!(values(json!({"values": ""})), None);
        assert_eq!(
            values(json!({"values": "a: 1\n"})),
            Some("a: 1\n".to_owned())
        );
        assert_eq!(
            values(json!({"values": "a: 1\n", "valuesObject": {"a": 2}})),
            Some(r#"{"a":2}"#.to_owned())
        );
        assert_eq!(
            values(json!({"values": "a: 1\n", "valuesObject": null})),
            Some("a: 1\n".to_owned())
        );
    }
}
