//! The events of a streamed completion, put together to a text.

use serde::Deserialize;

use crate::decoder::Finish;
use crate::engine::voice::Said;

/// The longest event that is read, in bytes; a token comes in some hundred.
const LONGEST_EVENT: usize = 1 << 20;

/// The longest text, in bytes.
const LONGEST_TEXT: usize = 1 << 16;

/// A completion as it arrives: lines `data: {…}`, in pieces of any size, the last one `[DONE]`.
pub struct Stream<'a> {
    /// Bytes of a line that has not ended.
    rest: Vec<u8>,
    text: String,
    tokens: usize,
    finish: Option<Finish>,
    stop: &'a [String],
}

#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    text: String,
    finish_reason: Option<String>,
}

impl<'a> Stream<'a> {
    /// Nothing yet. A server that leaves what should end the text in it is cut there.
    pub fn new(stop: &'a [String]) -> Self {
        Self {
            rest: Vec::new(),
            text: String::new(),
            tokens: 0,
            finish: None,
            stop,
        }
    }

    /// The text so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Reads a piece; why the text ended, once it has.
    ///
    /// # Errors
    /// What is odd about it.
    pub fn take(&mut self, bytes: &[u8]) -> Result<Option<Finish>, String> {
        self.rest.extend_from_slice(bytes);
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            let line = String::from_utf8(line).map_err(|_| "it is not UTF-8".to_owned())?;
            if let Some(finish) = self.line(line.trim())? {
                return Ok(Some(finish));
            }
        }
        match self.rest.len() > LONGEST_EVENT || self.text.len() > LONGEST_TEXT {
            true => Err("it is too long".to_owned()),
            false => Ok(None),
        }
    }

    fn line(&mut self, line: &str) -> Result<Option<Finish>, String> {
        let Some(data) = line.strip_prefix("data:").map(str::trim) else {
            return Ok(None); // comments keep a connection awake, blank lines end an event
        };
        if data == "[DONE]" {
            return Ok(Some(self.finish.unwrap_or(Finish::Stop)));
        }
        let event: Event = serde_json::from_str(data).map_err(|error| error.to_string())?;
        for choice in event.choices {
            self.tokens += usize::from(!choice.text.is_empty());
            self.text += &choice.text;
            if let Some(reason) = choice.finish_reason {
                self.finish = Some(match reason.as_str() {
                    "length" => Finish::Length,
                    _ => Finish::Stop,
                });
            }
        }
        let cut = self
            .stop
            .iter()
            .filter_map(|stop| self.text.find(stop))
            .min();
        Ok(cut.map(|at| {
            self.text.truncate(at);
            Finish::Stop
        }))
    }

    /// What was said, ended for this reason.
    pub fn said(self, finish: Finish) -> Said {
        Said {
            text: self.text,
            tokens: self.tokens,
            finish,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "data: {\"choices\":[{\"text\":\"좋아! \",\"finish_reason\":null}]}\n\n\
         : ping\n\ndata: {\"choices\":[{\"text\":\"MSE는 뭐야?\"}]}\n\n\
         data: {\"choices\":[{\"text\":\"\",\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

    fn read(pieces: impl Iterator<Item = Vec<u8>>, stop: &[String]) -> Result<Said, String> {
        let mut stream = Stream::new(stop);
        for piece in pieces {
            if let Some(finish) = stream.take(&piece)? {
                return Ok(stream.said(finish));
            }
        }
        Err("no end".to_owned())
    }

    #[test]
    fn a_stream_cut_anywhere_gives_the_same_text() {
        let bytes = STREAM.as_bytes();
        for size in [1, 2, 3, 7, 64, bytes.len()] {
            let said = read(bytes.chunks(size).map(<[u8]>::to_vec), &[]).unwrap();
            assert_eq!(said.text, "좋아! MSE는 뭐야?");
            assert_eq!((said.tokens, said.finish), (2, Finish::Stop));
        }
    }

    #[test]
    fn a_text_ends_where_it_is_told_to() {
        let stop = ["MSE".to_owned()];
        let said = read(std::iter::once(STREAM.as_bytes().to_vec()), &stop).unwrap();
        assert_eq!((said.text.as_str(), said.finish), ("좋아! ", Finish::Stop));
        let long = STREAM.replace("\"stop\"", "\"length\"");
        let said = read(std::iter::once(long.into_bytes()), &[]).unwrap();
        assert_eq!(said.finish, Finish::Length);
    }

    #[test]
    fn what_is_no_completion_is_refused() {
        for odd in ["data: {\n", "data: {\"choices\":3}\n", "data: \u{0}\n"] {
            assert!(Stream::new(&[]).take(odd.as_bytes()).is_err(), "{odd:?}");
        }
        assert!(Stream::new(&[]).take(b"data: \xff\n").is_err());
        assert!(
            Stream::new(&[])
                .take(&vec![b'x'; LONGEST_EVENT + 1])
                .is_err()
        );
        let flood = format!(
            "data: {{\"choices\":[{{\"text\":\"{}\"}}]}}\n",
            "가".repeat(1 << 15)
        );
        assert!(Stream::new(&[]).take(flood.as_bytes()).is_err());
    }
}
