//! One file per subcommand.

pub mod content;
