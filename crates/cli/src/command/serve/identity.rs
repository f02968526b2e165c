//! The name of a replica.

/// The machine and the process: two replicas never share both.
pub(super) fn replica(machine: impl Fn() -> String, process: u32) -> String {
    let machine = machine();
    let name = if machine.is_empty() {
        "tidegate"
    } else {
        &machine
    };
    format!("{name}-{process}")
}

/// The name that the kernel has for this machine; in a pod the pod's.
pub(super) fn machine() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_processes_of_a_machine_have_two_names() {
        let machine = || "node-7".to_owned();
        assert_eq!(replica(machine, 12), "node-7-12");
        assert_ne!(replica(machine, 12), replica(machine, 13));
    }

    #[test]
    fn a_machine_without_a_name_still_has_replicas() {
        assert_eq!(replica(String::new, 12), "tidegate-12");
    }
}
