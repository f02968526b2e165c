//! `tidegate adopt` and `tidegate release`: an Application of Argo CD becomes
//! Tidegate's to deliver, and is given back.

mod adopt;
mod branch;
mod parent;
mod release;

pub(crate) use adopt::{Options as AdoptOptions, run as adopt};
pub(crate) use release::{Options as ReleaseOptions, run as release};

use kube::Api;
use kube::api::{DynamicObject, Patch, PatchParams};
use serde_json::Value;
use tidegate_api::convert::change::ARGO_CD_NAMESPACE;
use tidegate_connect::argo_cd::{ApplicationPlace, application_kind};
use tidegate_connect::git::GitError;
use tidegate_core::argo_cd::Application;
use tidegate_core::argo_cd::adoption::Refusal;
use tidegate_core::branch::Branch;
use tidegate_core::revision::SourceRefError;

use crate::cluster::{Cluster, FIELD_MANAGER};
use crate::exit::Exit;
use crate::failure::api::{ApiError, Asked};
use crate::failure::{Explain, Failure};

/// How often an Application is written that somebody else wrote meanwhile.
const TRIES: u8 = 8;

/// Why an Application is neither adopted nor given back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApplicationError {
    /// It is not an Application as Argo CD 3.5 writes it.
    #[error("{place} cannot be judged: {problem}")]
    Unreadable { place: String, problem: String },
    /// The branch is none.
    #[error(transparent)]
    Branch(#[from] SourceRefError),
    /// What is at its branch cannot be found out.
    #[error("what is at branch {branch} of {repository} cannot be told")]
    Unseen {
        branch: Branch,
        repository: String,
        #[source]
        source: GitError,
    },
    /// Something has to be done first.
    #[error("{}", refused(.place, .what, .refusals))]
    Refused {
        place: String,
        what: &'static str,
        refusals: Vec<Refusal>,
    },
}

fn refused(place: &str, what: &str, refusals: &[Refusal]) -> String {
    let said: Vec<&str> = refusals
        .iter()
        .map(|refusal| refusal.what.as_str())
        .collect();
    format!("{place} cannot be {what}: {}", said.join("; "))
}

impl Explain for ApplicationError {
    fn exit(&self) -> Exit {
        match self {
            Self::Unreadable { .. } | Self::Unseen { .. } => Exit::CannotJudge,
            Self::Branch(_) => Exit::WrongInput,
            Self::Refused { .. } => Exit::No,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Unreadable { .. } => {
                Some("Tidegate reads Applications of Argo CD 3.5".to_owned())
            }
            Self::Branch(_) => Some("write a branch, such as env/gateway-canary".to_owned()),
            Self::Unseen { branch, .. } => Some(format!(
                "run it where git reaches the repository without a question, or let the Application follow {branch} first and adopt it then"
            )),
            Self::Refused { refusals, .. } => {
                let remedies: Vec<&str> = refusals
                    .iter()
                    .map(|refusal| refusal.remedy.as_str())
                    .collect();
                Some(remedies.join("; "))
            }
        }
    }
}

/// `api-gateway`, or `team-argo/api-gateway` where the Application is not in
/// Argo CD's own namespace.
fn place(name: &str) -> ApplicationPlace {
    let (namespace, name) = name.split_once('/').unwrap_or((ARGO_CD_NAMESPACE, name));
    ApplicationPlace {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    }
}

fn api(cluster: &Cluster, namespace: &str) -> Api<DynamicObject> {
    Api::namespaced_with(cluster.client(), namespace, &application_kind())
}

async fn read(
    cluster: &Cluster,
    place: &ApplicationPlace,
) -> Result<(Value, Application), Failure> {
    let asked = Asked::to_read(format!("Application {}", place.name), &place.namespace);
    let found = api(cluster, &place.namespace).get(&place.name).await;
    let found = found.map_err(|error| explain(cluster, error, &asked))?;
    let unreadable = |problem: String| ApplicationError::Unreadable {
        place: place.to_string(),
        problem,
    };
    let object = serde_json::to_value(found).map_err(|error| unreadable(error.to_string()))?;
    let application = Application::read(&object).map_err(unreadable)?;
    Ok((object, application))
}

/// The API server has no such kind where Argo CD is not installed.
fn explain(cluster: &Cluster, error: kube::Error, asked: &Asked) -> ApiError {
    match cluster.explain(error, asked) {
        ApiError::NotInstalled { server } => ApiError::Other {
            sentence: format!("Argo CD is not installed in the cluster at {server}"),
        },
        other => other,
    }
}

/// Reads the Application, asks `decide` for a patch, and writes it if nobody
/// wrote the Application since. Argo CD writes it all the time, so that this is
/// tried several times; each time is decided anew.
async fn change<T>(
    cluster: &Cluster,
    place: &ApplicationPlace,
    dry_run: bool,
    decide: impl AsyncFn(&Value, &Application) -> Result<(Value, T), Failure>,
) -> Result<(DynamicObject, Application, T), Failure> {
    let mut tries = 1;
    loop {
        let (object, application) = read(cluster, place).await?;
        let (patch, decided) = decide(&object, &application).await?;
        match write(cluster, place, &patch, dry_run).await {
            Ok(written) => return Ok((written, application, decided)),
            Err(kube::Error::Api(status)) if status.code == 409 && tries < TRIES => tries += 1,
            Err(error) => {
                let asked =
                    Asked::to_write(format!("Application {}", place.name), &place.namespace);
                return Err(explain(cluster, error, &asked).into());
            }
        }
    }
}

/// Writes the Application if nobody wrote it since it was read.
async fn write(
    cluster: &Cluster,
    place: &ApplicationPlace,
    patch: &Value,
    dry_run: bool,
) -> Result<DynamicObject, kube::Error> {
    let parameters = PatchParams {
        dry_run,
        field_manager: Some(FIELD_MANAGER.to_owned()),
        ..PatchParams::default()
    };
    api(cluster, &place.namespace)
        .patch(&place.name, &parameters, &Patch::Merge(patch))
        .await
}
