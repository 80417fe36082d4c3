//! The terminal screen.
//!
//! A key becomes an [`Action`](action::Action) by the [`keymap`], [`update`] turns it into a new
//! [`State`](state::State) and a command for the [`Session`](session::Session), and the
//! [`view`] draws an immutable picture of that state. There are two tabs: the interview, and in [`talk`]
//! the companion. [`app`] joins the three with the terminal and
//! the engine's events; everything but [`terminal`] runs in tests without one.

mod act;
pub mod action;
pub mod app;
pub mod choice;
pub mod countenance;
pub mod event_loop;
pub mod keymap;
pub mod notice;
pub mod reaction;
pub mod report_file;
pub mod sample;
pub use crate::driver::session;
pub mod signals;
pub mod state;
pub mod talk;
pub mod terminal;
pub mod text;
pub mod theme;
pub mod update;
pub mod view;
pub mod widget;

#[cfg(test)]
mod tests;

pub use app::{TuiError, TuiOptions, run};
pub use state::Tab;
