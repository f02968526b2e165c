//! Memory of the controller with many open changes.

use std::time::Duration;

use kube::Api;
use kube::api::ListParams;
use tidegate_api::Change;

use super::Measured;
use super::installation::{Installation, NAMESPACE};

/// How many services the changes are for; several wait for each.
const SERVICES: usize = 20;

pub(super) async fn measure(open: usize) -> Measured<()> {
    let namespace = "bench-memory".to_owned();
    let mut installation = Installation::start(SERVICES, std::slice::from_ref(&namespace)).await?;
    installation
        .policy("bench-memory", &namespace, None)
        .await?;
    installation.start_controller()?;
    anstream::eprintln!("{open} changes are submitted …");
    for number in 0..open {
        installation
            .submit(number, &namespace, number % SERVICES)
            .await?;
    }
    let api: Api<Change> = Api::namespaced(installation.admin.clone(), NAMESPACE);
    loop {
        let list = api.list(&ListParams::default()).await?;
        let judged = list.items.iter().filter(|change| {
            change
                .status
                .as_ref()
                .is_some_and(|status| status.status.accepted.is_some())
        });
        let judged = judged.count();
        anstream::eprintln!("  {judged} judged, {} KiB", installation.resident_kib()?);
        if judged == open {
            break;
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
    tokio::time::sleep(Duration::from_secs(10)).await;
    anstream::println!(
        "memory with {open} open changes: {} MiB",
        installation.resident_kib()? / 1024
    );
    Ok(())
}
