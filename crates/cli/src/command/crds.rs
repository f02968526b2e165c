//! `tidegate crds`: what to install in a cluster.

use clap::Args;
use serde_json::Value;
use tidegate_api::definitions::{DefinitionError, custom_resource_definitions};
use tidegate_api::{admission, rbac};

use crate::arguments::Format;
use crate::exit::Exit;
use crate::failure::{Explain, Failure};
use crate::session::Session;

/// Print what to install in a cluster
///
/// Prints the definitions of Tidegate's objects and the admission policies that
/// prove who is who, for `kubectl apply --server-side -f -`.
///
/// The controller may write nowhere but in its own namespace. Grant it what it
/// delivers in each other one: `kubectl -n production create rolebinding tidegate
/// --clusterrole=edit --serviceaccount=tidegate:tidegate`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Print instead the namespace, the controller's service account and every
    /// role
    #[arg(long)]
    rbac: bool,
}

/// The definitions could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the definitions cannot be made")]
struct CrdsError(#[source] DefinitionError);

impl Explain for CrdsError {
    fn exit(&self) -> Exit {
        Exit::CannotJudge
    }

    fn hint(&self) -> Option<String> {
        Some("this is a fault of this program; use another version".to_owned())
    }
}

pub(crate) fn run(options: &Options, session: &Session) -> Result<Exit, Failure> {
    let objects = if options.rbac {
        rbac::objects(&session.global.namespace)
    } else {
        definitions().map_err(CrdsError)?
    };
    for object in &objects {
        match session.printer.format() {
            Format::Json | Format::Sarif => session.printer.stream(object)?,
            _ => session.printer.document(object)?,
        }
    }
    Ok(Exit::Yes)
}

/// The definitions come first: the policies speak of what they define.
fn definitions() -> Result<Vec<Value>, DefinitionError> {
    let mut objects = custom_resource_definitions()?;
    for policy in admission::policies() {
        objects.extend([policy.policy, policy.binding]);
    }
    Ok(objects)
}
