//! Examples of one change, told fact by fact: which phase it is in, what it says
//! it waits for, and what it does.

#[cfg(test)]
#[path = "scenarios/given.rs"]
mod given;

#[cfg(test)]
#[path = "scenarios/sentences.rs"]
mod sentences;

#[cfg(test)]
#[path = "scenarios/before.rs"]
mod before;

#[cfg(test)]
#[path = "scenarios/under_way.rs"]
mod under_way;

#[cfg(test)]
#[path = "scenarios/the_end.rs"]
mod the_end;

#[cfg(test)]
#[path = "scenarios/emergency.rs"]
mod emergency;

#[cfg(test)]
#[path = "scenarios/applications.rs"]
mod applications;

#[cfg(test)]
#[path = "scenarios/shares.rs"]
mod shares;

#[cfg(test)]
#[path = "scenarios/backup.rs"]
mod backup;

#[cfg(test)]
#[path = "scenarios/backup_now.rs"]
mod backup_now;

#[cfg(test)]
#[path = "scenarios/rollback_points.rs"]
mod rollback_points;

#[cfg(test)]
#[path = "scenarios/reverting.rs"]
mod reverting;

#[cfg(test)]
#[path = "scenarios/restoring.rs"]
mod restoring;
