//! Moving the pin of an Application, with the operation that syncs it.

use kube::api::{DynamicObject, PostParams};
use serde_json::Value;
use tidegate_core::argo_cd::pin::{self, Asker, CHANGE, EFFECT, PinError, Sources};
use tidegate_core::argo_cd::{Application, Pin};
use tidegate_core::change::ChangeType;

use super::ArgoCd;
use super::objects::{ApplicationPlace, applications, value};
use crate::cluster::ClusterError;

/// As whom Tidegate writes Applications (Kubernetes, "Server-Side Apply").
pub const FIELD_MANAGER: &str = "tidegate";

/// What became of moving a pin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    /// It was written now.
    Now,
    /// It was written before, by the same effect.
    Before,
    /// An operation that has not ended stands in the way; what it does.
    Busy(String),
}

impl ArgoCd {
    /// Pins the sources to `goal`, and starts a sync of it. Doing it again changes
    /// nothing. Nothing is written where `is_deliverable` says why not: somebody may
    /// have given the Application other sources. An emergency first stops an
    /// operation that is parked, and the answer is that it is in the way.
    ///
    /// # Errors
    ///
    /// The API server; [`ClusterError::Conflict`] where somebody else wrote the
    /// Application at the same moment.
    pub async fn pin(
        &self,
        place: &ApplicationPlace,
        goal: &Pin,
        kind: ChangeType,
        asker: Asker<'_>,
        is_deliverable: impl FnOnce(&Application) -> Result<(), String>,
    ) -> Result<Moved, ClusterError> {
        let refused = |message: String| ClusterError::Refused {
            object: place.to_string(),
            message,
        };
        let (object, application) = self.read(place).await?;
        if application.pin().as_ref() == Some(goal) && is_asked_by(&application, asker) {
            return Ok(Moved::Before);
        }
        if let Some(busy) = busy(&application) {
            if kind == ChangeType::Emergency && application.is_parked() {
                self.stop(place, &object, &application).await?;
            }
            return Ok(Moved::Busy(busy));
        }
        is_deliverable(&application).map_err(refused)?;
        let moved = pin::move_pin(&object, &application, goal, asker)
            .map_err(|error| refused(error.to_string()))?;
        self.write(place, moved).await?;
        Ok(Moved::Now)
    }

    /// Gives the Application the sources that it had before, and starts a sync
    /// of them. An operation of this change that has not ended is stopped first,
    /// and the answer is that it is in the way.
    ///
    /// # Errors
    ///
    /// The API server.
    pub async fn restore(
        &self,
        place: &ApplicationPlace,
        before: &Sources,
        asker: Asker<'_>,
    ) -> Result<Moved, ClusterError> {
        self.go_back(place, before, asker, |object| {
            pin::restore_sources(object, before, asker)
        })
        .await
    }

    /// Writes what `restored` makes of the Application, once nothing is in the way.
    pub(super) async fn go_back(
        &self,
        place: &ApplicationPlace,
        before: &Sources,
        asker: Asker<'_>,
        restored: impl FnOnce(&Value) -> Result<Value, PinError>,
    ) -> Result<Moved, ClusterError> {
        let (object, application) = self.read(place).await?;
        if Sources::of(&object) == *before && is_asked_by(&application, asker) {
            return Ok(Moved::Before);
        }
        if let Some(busy) = busy(&application) {
            if is_of_change(&application, asker.change) {
                self.stop(place, &object, &application).await?;
            }
            return Ok(Moved::Busy(busy));
        }
        let moved = restored(&object).map_err(|error| ClusterError::Refused {
            object: place.to_string(),
            message: error.to_string(),
        })?;
        self.write(place, moved).await?;
        Ok(Moved::Now)
    }

    /// Puts back what the Application is to point at, without a sync where one
    /// could not begin now: Argo CD then brings it there by itself, if it syncs
    /// by itself. A sync of anything else is stopped, also one that waits for the
    /// sync windows and would begin when they open. Nothing is written if the Application changed since it was
    /// read.
    ///
    /// # Errors
    ///
    /// The API server.
    pub async fn put_back(
        &self,
        place: &ApplicationPlace,
        object: &Value,
        pin: &Pin,
        asker: Asker<'_>,
        with_sync: bool,
    ) -> Result<(), ClusterError> {
        let refused = |message: String| ClusterError::Refused {
            object: place.to_string(),
            message,
        };
        let application = Application::read(object).map_err(refused)?;
        let moved = pin::move_pin(object, &application, pin, asker);
        let mut moved = moved.map_err(|error| refused(error.to_string()))?;
        if !with_sync && let Some(fields) = moved.as_object_mut() {
            let stopped = pin::syncs_another(&application, pin)
                .then(|| pin::stop(object, &application))
                .flatten();
            let before = stopped.as_ref().unwrap_or(object);
            for field in ["operation", "status"] {
                match before.get(field) {
                    Some(before) => fields.insert(field.to_owned(), before.clone()),
                    None => fields.remove(field),
                };
            }
        }
        self.write(place, moved).await
    }

    pub(super) async fn read(
        &self,
        place: &ApplicationPlace,
    ) -> Result<(Value, Application), ClusterError> {
        let refused = |message: String| ClusterError::Refused {
            object: place.to_string(),
            message,
        };
        let object = self
            .application(place)
            .await?
            .ok_or_else(|| refused("it is not there".to_owned()))?;
        let application = Application::read(&object).map_err(refused)?;
        Ok((object, application))
    }

    /// Asks Argo CD to stop what it does, or takes back what it has not begun.
    pub(super) async fn stop(
        &self,
        place: &ApplicationPlace,
        object: &Value,
        application: &Application,
    ) -> Result<(), ClusterError> {
        match pin::stop(object, application) {
            Some(stopped) => self.write(place, stopped).await,
            None => Ok(()),
        }
    }

    pub(super) async fn write(
        &self,
        place: &ApplicationPlace,
        object: Value,
    ) -> Result<(), ClusterError> {
        let unreadable = |error: serde_json::Error| ClusterError::Refused {
            object: place.to_string(),
            message: error.to_string(),
        };
        let object: DynamicObject = serde_json::from_value(object).map_err(unreadable)?;
        let parameters = PostParams {
            field_manager: Some(FIELD_MANAGER.to_owned()),
            ..PostParams::default()
        };
        let written = applications(&self.client, &place.namespace)
            .replace(&place.name, &parameters, &object)
            .await
            .map_err(|error| ClusterError::from_kube(&place.to_string(), &error))?;
        value(place, &written).map(|_| ())
    }
}

/// The operation that runs, waits, or ran last was asked for by this effect.
pub(super) fn is_asked_by(application: &Application, asker: Asker<'_>) -> bool {
    let state = application.status.operation_state.as_ref();
    let operations = state.map(|state| &state.operation);
    operations
        .into_iter()
        .chain(&application.operation)
        .any(|operation| {
            operation.info(CHANGE) == Some(asker.change)
                && operation.info(EFFECT) == Some(asker.effect)
        })
}

fn is_of_change(application: &Application, change: &str) -> bool {
    let state = application.status.operation_state.as_ref();
    let state = state.filter(|state| state.is_running());
    let operation = state.map(|state| &state.operation);
    operation
        .or(application.operation.as_ref())
        .is_some_and(|operation| {
            // Argo CD heals and syncs the pin of the change by itself as well.
            operation.info(CHANGE) == Some(change) || operation.initiated_by.automated
        })
}

/// What an operation that has not ended does.
pub(super) fn busy(application: &Application) -> Option<String> {
    let state = application.status.operation_state.as_ref();
    match (
        state.filter(|state| state.is_running()),
        &application.operation,
    ) {
        (Some(state), _) => {
            let asked_by = state.operation.asked_by();
            Some(match state.message.as_str() {
                "" => format!("the sync that {asked_by} started has not ended"),
                says => format!("the sync that {asked_by} started has not ended: {says}"),
            })
        }
        (None, Some(operation)) => Some(format!(
            "the sync that {} asked for has not begun",
            operation.asked_by()
        )),
        (None, None) => None,
    }
}
