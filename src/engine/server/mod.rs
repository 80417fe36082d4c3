//! A language model that a server runs, reached through OpenAI's completions API: that is how a
//! class shares one model.
//!
//! The server is given the same prompt as a model in this process; what it says passes the same
//! checks. vLLM, llama.cpp and others speak this API.

mod stream;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::json;
use tokio::runtime::{Builder, Runtime};
use tokio::time::{sleep, timeout};

use super::voice::{LanguageModel, Said, VoiceError};
use crate::decoder::{Finish, GenerateOptions};
use crate::messages::Messages;
use stream::Stream;

/// Environment variable of the key that a server may ask for.
pub const KEY: &str = "OHLORA_LLM_KEY";

/// A server that takes longer to accept a connection is not there.
const CONNECT: Duration = Duration::from_secs(5);

/// A server that says nothing for so long has stopped.
const SILENCE: Duration = Duration::from_secs(60);

/// How often it is asked whether anybody still waits for the reply.
const PATIENCE: Duration = Duration::from_millis(50);

/// Most of a server's complaint that is shown, in characters.
const EXCERPT: usize = 160;

/// What is wrong with a server.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// It doesn't answer.
    #[error("{endpoint}: {reason}")]
    Unreachable {
        /// Its address.
        endpoint: String,
        /// What the system said.
        reason: String,
    },
    /// It refuses.
    #[error("{endpoint}: {status} {reason}")]
    Refused {
        /// Its address.
        endpoint: String,
        /// The HTTP status.
        status: u16,
        /// What it said.
        reason: String,
    },
    /// It answers something else than the API promises.
    #[error("{endpoint}: {reason}")]
    Answer {
        /// Its address.
        endpoint: String,
        /// What is odd about it.
        reason: String,
    },
}

impl ServerError {
    /// What is wrong, and what to do, in one sentence.
    pub fn explain(&self, messages: &Messages) -> String {
        match self {
            Self::Unreachable { endpoint, reason } => messages.fill(
                "server.unreachable",
                &[("endpoint", endpoint), ("reason", reason)],
            ),
            Self::Refused {
                endpoint,
                status,
                reason,
            } => {
                let key = match status {
                    401 | 403 => "server.unauthorized",
                    404 => "server.not_found",
                    _ => "server.refused",
                };
                messages.fill(
                    key,
                    &[
                        ("endpoint", endpoint),
                        ("status", status),
                        ("reason", reason),
                        ("variable", &KEY),
                    ],
                )
            }
            Self::Answer { endpoint, reason } => messages.fill(
                "server.answer",
                &[("endpoint", endpoint), ("reason", reason)],
            ),
        }
    }
}

/// A model behind a server.
pub struct Server {
    endpoint: String,
    model: String,
    key: Option<String>,
    client: Client,
    runtime: Runtime,
}

impl Server {
    /// Finds out whether a server is there. `endpoint` is the address before `/completions`,
    /// `http://localhost:8000/v1` for example; `model` is what the server calls the model.
    ///
    /// # Errors
    /// When it doesn't answer or refuses.
    pub fn connect(endpoint: &str, model: &str, key: Option<String>) -> Result<Self, ServerError> {
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        let failed = |reason: String| ServerError::Unreachable {
            endpoint: endpoint.clone(),
            reason,
        };
        let client = Client::builder()
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .build()
            .map_err(|error| failed(root(&error)))?;
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| failed(error.to_string()))?;
        let server = Self {
            endpoint: endpoint.clone(),
            model: model.to_owned(),
            key,
            client,
            runtime,
        };
        let request = server.authorized(server.client.get(format!("{endpoint}/models")));
        let asked = server.runtime.block_on(async {
            let response = request.send().await;
            server
                .accepted(response.map_err(|error| server.lost(&error))?)
                .await
        });
        match asked {
            // Some servers list nothing, and work all the same.
            Err(ServerError::Refused { status: 404, .. }) | Ok(_) => Ok(server),
            Err(error) => Err(error),
        }
    }

    fn authorized(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    fn lost(&self, error: &reqwest::Error) -> ServerError {
        ServerError::Unreachable {
            endpoint: self.endpoint.clone(),
            reason: root(error),
        }
    }

    fn odd(&self, reason: impl Into<String>) -> ServerError {
        ServerError::Answer {
            endpoint: self.endpoint.clone(),
            reason: reason.into(),
        }
    }

    /// A response that is no refusal.
    async fn accepted(&self, response: Response) -> Result<Response, ServerError> {
        let status = response.status();
        if status == StatusCode::OK {
            return Ok(response);
        }
        let body = timeout(CONNECT, response.text()).await;
        let body = body.ok().and_then(Result::ok).unwrap_or_default();
        Err(ServerError::Refused {
            endpoint: self.endpoint.clone(),
            status: status.as_u16(),
            reason: excerpt(&body),
        })
    }

    async fn stream(
        &self,
        prompt: &str,
        options: &GenerateOptions,
        draft: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Said, ServerError> {
        let body = json!({
            "model": self.model,
            "prompt": prompt,
            "max_tokens": options.max_tokens,
            "temperature": options.sampling.temperature,
            "seed": options.sampling.seed & u64::from(u32::MAX >> 1),
            "stop": options.stop,
            "stream": true,
        });
        let request = self.authorized(self.client.post(format!("{}/completions", self.endpoint)));
        let sent = request
            .header("content-type", "application/json")
            .body(body.to_string())
            .send();
        let mut stream = Stream::new(&options.stop);
        let Some(response) = while_wanted(sent, &mut || draft("")).await else {
            return Ok(stream.said(Finish::Cancelled));
        };
        let response = response.map_err(|error| self.lost(&error))?;
        let mut response = self.accepted(response).await?;
        loop {
            let text = stream.text().to_owned();
            let chunk = while_wanted(response.chunk(), &mut || draft(&text)).await;
            let Some(chunk) = chunk else {
                return Ok(stream.said(Finish::Cancelled));
            };
            let Some(bytes) = chunk.map_err(|error| self.lost(&error))? else {
                return Err(self.odd("the reply broke off"));
            };
            if let Some(finish) = stream.take(&bytes).map_err(|reason| self.odd(reason))? {
                return Ok(stream.said(finish));
            }
            if !draft(stream.text()) {
                return Ok(stream.said(Finish::Cancelled));
            }
        }
    }
}

impl LanguageModel for Server {
    fn complete(
        &mut self,
        prompt: &str,
        options: &GenerateOptions,
        draft: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Said, VoiceError> {
        let said = self.runtime.block_on(self.stream(prompt, options, draft))?;
        Ok(said)
    }
}

/// What a future yields, unless nobody wants it any more.
async fn while_wanted<T>(
    future: impl Future<Output = T>,
    wanted: &mut dyn FnMut() -> bool,
) -> Option<T> {
    tokio::pin!(future);
    loop {
        tokio::select! {
            done = &mut future => return Some(done),
            () = sleep(PATIENCE) => if !wanted() {
                return None;
            },
        }
    }
}

/// The innermost cause: "Connection refused", not "error sending request".
fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// The message of a refusal: `error.message` of the API, or the beginning of whatever was sent.
fn excerpt(body: &str) -> String {
    let json: Option<serde_json::Value> = serde_json::from_str(body).ok();
    let message = json.as_ref().and_then(|json| {
        let error = &json["error"];
        error["message"]
            .as_str()
            .or(error.as_str())
            .or(json["message"].as_str())
    });
    let text = message.unwrap_or(body);
    let words: Vec<&str> = text.split_whitespace().collect();
    words
        .join(" ")
        .chars()
        .filter(|c| !c.is_control())
        .take(EXCERPT)
        .collect()
}
