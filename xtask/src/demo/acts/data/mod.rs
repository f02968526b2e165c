//! What the story with data has more: the backup of each change, the loss, and how the data comes back.

mod backed_up;
mod loss;
mod way_back;

pub(super) use self::{
    backed_up::was_backed_up,
    loss::{Lost, spoil},
    way_back::comes_back,
};

use super::{
    super::{
        DemoError,
        claims::Claims,
        data::{backup, orders, restore},
        pods::{PodWatch, Seen},
        stage::{Stage, standing},
    },
    record,
};
