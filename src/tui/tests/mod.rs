//! Whole screens over a test terminal, and stories of use with a fake session.

mod companion;
mod cursor;
mod fake;
mod long;
mod looping;
mod resize;
mod screens;
mod stage;
mod stories;
