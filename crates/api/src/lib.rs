//! The objects of `tidegate.dev/v1alpha1`, and their conversion into core types.
//!
//! The types here are what people write. Nothing decides on them: [`convert`]
//! turns them into core types that cannot be wrong, or says what is wrong.

pub mod admission;
pub mod approval;
pub mod change;
pub mod change_calendar;
pub mod change_policy;
pub mod connection;
pub mod convert;
pub mod definitions;
pub mod rbac;
mod rules;

pub use approval::{Approval, ApprovalSpec};
pub use change::{Change, ChangeSpec, ChangeStatus};
pub use change_calendar::{ChangeCalendar, ChangeCalendarSpec};
pub use change_policy::{ChangePolicy, ChangePolicySpec};
pub use connection::{Connection, ConnectionSpec};

/// The API group of every object.
pub const GROUP: &str = "tidegate.dev";
/// Its only version so far.
pub const VERSION: &str = "v1alpha1";
/// Keeps a Change from vanishing while it is half out.
pub const FINALIZER: &str = "tidegate.dev/rollback";
/// The field manager of everything Tidegate applies.
pub const FIELD_MANAGER: &str = "tidegate";
