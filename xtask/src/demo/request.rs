//! The files that Dana writes.

use std::path::Path;

use jiff::{Timestamp, tz::TimeZone};

use super::{argo_cd::applications::Application, services::Service};

/// Which commit a change brings.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source<'a> {
    /// This one, by its full id.
    Revision(&'a str),
    /// The one at the end of this branch, when the change starts.
    Branch(&'a str),
}

/// What a change goes to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Targets<'a> {
    /// A service that Tidegate itself delivers to this namespace.
    Service(Service, &'a str),
    /// Applications that Argo CD delivers.
    Applications(&'a [Application]),
}

impl Targets<'_> {
    /// A line for each.
    fn lines(&self) -> String {
        match self {
            Self::Service(service, namespace) => {
                let (name, overlay) = (service.name(), service.overlay());
                format!("    - {{name: {name}, path: {overlay}, namespace: {namespace}}}\n")
            }
            Self::Applications(applications) => {
                let line = |Application { name, namespace }: &Application| {
                    format!("    - {{name: {name}, application: {name}, namespace: {namespace}}}\n")
                };
                applications.iter().map(line).collect()
            }
        }
    }
}

/// A change request.
#[derive(Debug, Clone)]
pub(super) struct Request<'a> {
    pub(super) ticket: &'a str,
    pub(super) title: &'a str,
    pub(super) requested_by: &'a str,
    pub(super) repository: &'a Path,
    pub(super) source: Source<'a>,
    pub(super) targets: Targets<'a>,
    pub(super) risk: &'a str,
    /// It is not wanted earlier.
    pub(super) not_before: Option<Timestamp>,
}

impl Request<'_> {
    /// The name of the object: the ticket in lower case.
    pub(super) fn name(&self) -> String {
        self.ticket.to_lowercase()
    }

    /// The Change as people write it.
    pub(super) fn document(&self) -> String {
        let Self {
            ticket,
            title,
            requested_by,
            risk,
            ..
        } = self;
        let source = match self.source {
            Source::Revision(revision) => format!("revision: {revision}"),
            Source::Branch(branch) => format!("ref: {branch}"),
        };
        let window = self.not_before.map_or_else(String::new, |at| {
            let at = at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%SZ");
            format!("  window: {{notBefore: \"{at}\"}}\n")
        });
        format!(
            "\
apiVersion: tidegate.dev/v1alpha1
kind: Change
metadata: {{name: {name}}}
spec:
  ticket: {ticket}
  type: normal
  title: {title}
  requestedBy: {requested_by}
  source:
    repository: {repository}
    {source}
  targets:
{targets}{window}  risk: {risk}
  rollback: Previous revision
  tested: {{environment: staging-us-east, date: 2026-04-07}}
  expectedDuration: 5m
",
            name = self.name(),
            repository = self.repository.display(),
            targets = self.targets.lines(),
        )
    }
}

#[cfg(test)]
mod tests {
    use tidegate_api::ChangeSpec;

    use super::{super::argo_cd::applications, *};

    fn spec(source: Source<'_>, targets: Targets<'_>, not_before: Option<Timestamp>) -> ChangeSpec {
        let request = Request {
            ticket: "CHG-1236",
            title: "Log only warnings",
            requested_by: "dana@example.com",
            repository: Path::new("/repository"),
            source,
            targets,
            risk: "Low",
            not_before,
        };
        let document: serde_json::Value = serde_saphyr::from_str(&request.document()).unwrap();
        assert_eq!(document["metadata"]["name"], "chg-1236");
        serde_json::from_value(document["spec"].clone()).unwrap()
    }

    #[test]
    fn the_document_is_a_change_with_the_source_it_was_given() {
        let service = Targets::Service(Service::ApiGateway, "production");
        let by_revision = spec(Source::Revision("9f1c"), service, None);
        assert_eq!(by_revision.source.revision.as_deref(), Some("9f1c"));
        assert_eq!(by_revision.window, None);
        let at = "2026-11-24T10:00:00Z".parse().unwrap();
        let by_branch = spec(Source::Branch("release/api-gateway"), service, Some(at));
        assert_eq!(
            by_branch.source.reference.as_deref(),
            Some("release/api-gateway")
        );
        assert_eq!(by_branch.window.unwrap().not_before, Some(at));
    }

    #[test]
    fn each_application_is_a_target_in_its_namespace() {
        let targets = Targets::Applications(&applications::ALL);
        let spec = spec(Source::Revision("9f1c"), targets, None);
        let named = |target: &tidegate_api::change::Target| {
            (target.application.clone(), target.namespace.clone())
        };
        let targets: Vec<_> = spec.targets.iter().map(named).collect();
        let wanted = applications::ALL.map(|application| {
            (
                Some(application.name.to_owned()),
                application.namespace.to_owned(),
            )
        });
        assert_eq!(targets, wanted);
    }
}
