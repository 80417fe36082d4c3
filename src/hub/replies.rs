//! What a hub's refusals mean.

use hf_hub::HFError;

use super::HubError;

/// What was asked for.
pub(super) struct Asked<'a> {
    /// The hub's address.
    pub(super) endpoint: &'a str,
    /// `owner/name`.
    pub(super) repository: &'a str,
    /// Branch, tag or commit.
    pub(super) revision: &'a str,
}

impl Asked<'_> {
    /// The error as one of ours. The hub tells in a code of its own what is missing or shut; a hub
    /// that does not is taken by what hf-hub makes of the status.
    pub(super) fn refused(&self, error: HFError) -> HubError {
        let repository = self.repository.to_owned();
        let no_revision = || HubError::NoRevision {
            repository: self.repository.to_owned(),
            revision: self.revision.to_owned(),
        };
        if let HFError::Request { source, .. } = &error {
            return self.no_reply(source.is_builder(), &error);
        }
        let (status, code) = status(&error).unzip();
        match code.flatten() {
            Some("RepoNotFound") => return HubError::NoRepository(repository),
            Some("RevisionNotFound") => return no_revision(),
            _ => {}
        }
        match (&error, status) {
            (HFError::EntryNotFound { path, .. }, _) => HubError::NoFile {
                repository,
                file: path.clone(),
            },
            (HFError::RepoNotFound { .. }, _) => HubError::NoRepository(repository),
            (_, Some(401)) => HubError::Unauthorized(repository),
            (_, Some(403)) => HubError::Forbidden(repository),
            (_, Some(404)) => no_revision(),
            (_, Some(429)) => HubError::Limited,
            (_, Some(status)) => HubError::Answer {
                repository,
                what: format!("HTTP {status}"),
            },
            (_, None) => HubError::Answer {
                repository,
                what: causes(&error),
            },
        }
    }

    /// The reply lacks something.
    pub(super) fn nonsense(&self, what: &str) -> HubError {
        HubError::Answer {
            repository: self.repository.to_owned(),
            what: what.to_owned(),
        }
    }

    /// No reply came.
    pub(super) fn silent(&self, what: String) -> HubError {
        HubError::Unreachable {
            endpoint: self.endpoint.to_owned(),
            what,
        }
    }

    /// No reply came, because of the network or of how the client is set up.
    fn no_reply(&self, setup: bool, error: &HFError) -> HubError {
        if setup {
            HubError::Setup(causes(error))
        } else {
            self.silent(causes(error))
        }
    }
}

/// Whether the same request may well succeed if it is made again.
pub(super) fn passes(error: &HFError) -> bool {
    match error {
        HFError::Request { source, .. } => !source.is_builder(),
        HFError::Xet { .. } | HFError::Io(_) => true,
        other => status(other).is_some_and(|(status, _)| status >= 500),
    }
}

/// The innermost cause, which says most.
pub(super) fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let innermost = std::iter::successors(Some(error), |error| error.source()).last();
    innermost.unwrap_or(error).to_string()
}

/// The status of a reply, and the code in which the hub says more.
fn status(error: &HFError) -> Option<(u16, Option<&str>)> {
    let context = match error {
        HFError::Http { context }
        | HFError::AuthRequired { context }
        | HFError::Forbidden { context }
        | HFError::Conflict { context }
        | HFError::RateLimited { context, .. } => context,
        HFError::RepoNotFound { context, .. }
        | HFError::RevisionNotFound { context, .. }
        | HFError::EntryNotFound { context, .. } => context.as_ref()?,
        _ => return None,
    };
    Some((context.status.as_u16(), context.error_code.as_deref()))
}
