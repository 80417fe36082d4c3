//! Reads the header of a GGUF file field by field, never beyond its end.

use std::ops::Range;
use std::path::Path;

use super::super::error::{FileError, Problem};
use crate::nn::bytes::SharedBytes;

/// A value of the metadata. Arrays stay where they are until someone walks over them.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Any unsigned integer.
    Unsigned(u64),
    /// Any signed integer.
    Signed(i64),
    /// Any floating-point number.
    Float(f64),
    /// Yes or no.
    Bool(bool),
    /// A text.
    Text(String),
    /// Texts; the bytes have been walked over once and hold that many.
    Texts(usize, Range<usize>),
    /// Numbers: their kind, how many, and their bytes.
    Numbers(u32, usize, Range<usize>),
}

impl Value {
    /// As an unsigned number.
    pub fn unsigned(&self) -> Option<u64> {
        match self {
            Self::Unsigned(value) => Some(*value),
            Self::Signed(value) => u64::try_from(*value).ok(),
            _ => None,
        }
    }
}

const TEXT: u32 = 8;
const ARRAY: u32 = 9;

/// Bytes of a number of a kind.
fn width(kind: u32) -> Option<usize> {
    match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}

/// A place in a file.
pub struct Cursor<'a> {
    path: &'a Path,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// Begins at a place.
    pub fn new(path: &'a Path, bytes: &'a SharedBytes, at: usize) -> Self {
        Self { path, bytes, at }
    }

    /// Where it is.
    pub fn position(&self) -> usize {
        self.at
    }

    /// The error of a field that holds something else than it should.
    pub fn unexpected(
        &self,
        field: &str,
        expected: impl ToString,
        found: impl ToString,
    ) -> FileError {
        let problem = Problem::Unexpected {
            expected: expected.to_string(),
            found: found.to_string(),
        };
        FileError::new(self.path, field, problem)
    }

    fn take(&mut self, field: &str, len: usize) -> Result<&'a [u8], FileError> {
        let end = self.at.checked_add(len);
        let part = end.and_then(|end| self.bytes.get(self.at..end));
        let part = part.ok_or_else(|| FileError::new(self.path, field, Problem::Cut))?;
        self.at += len;
        Ok(part)
    }

    fn array<const N: usize>(&mut self, field: &str) -> Result<[u8; N], FileError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(field, N)?);
        Ok(array)
    }

    /// A 32-bit number.
    pub fn u32(&mut self, field: &str) -> Result<u32, FileError> {
        self.array(field).map(u32::from_le_bytes)
    }

    /// A 64-bit number.
    pub fn u64(&mut self, field: &str) -> Result<u64, FileError> {
        self.array(field).map(u64::from_le_bytes)
    }

    /// The bytes of a text behind its length.
    fn text_bytes(&mut self, field: &str) -> Result<&'a [u8], FileError> {
        let len = self.u64(field)?;
        self.take(field, usize::try_from(len).unwrap_or(usize::MAX))
    }

    /// A text behind its length.
    pub fn text(&mut self, field: &str) -> Result<String, FileError> {
        let bytes = self.text_bytes(field)?;
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(self.unexpected(field, "UTF-8 text", "other bytes")),
        }
    }

    /// A value behind its kind.
    pub fn value(&mut self, key: &str) -> Result<Value, FileError> {
        let kind = self.u32(key)?;
        match kind {
            TEXT => self.text(key).map(Value::Text),
            ARRAY => self.values(key),
            _ => self.number(key, kind),
        }
    }

    fn number(&mut self, key: &str, kind: u32) -> Result<Value, FileError> {
        Ok(match kind {
            0 => Value::Unsigned(u8::from_le_bytes(self.array(key)?).into()),
            1 => Value::Signed(i8::from_le_bytes(self.array(key)?).into()),
            2 => Value::Unsigned(u16::from_le_bytes(self.array(key)?).into()),
            3 => Value::Signed(i16::from_le_bytes(self.array(key)?).into()),
            4 => Value::Unsigned(self.u32(key)?.into()),
            5 => Value::Signed(i32::from_le_bytes(self.array(key)?).into()),
            6 => Value::Float(f32::from_le_bytes(self.array(key)?).into()),
            7 => Value::Bool(self.array::<1>(key)? != [0]),
            10 => Value::Unsigned(self.u64(key)?),
            11 => Value::Signed(i64::from_le_bytes(self.array(key)?)),
            12 => Value::Float(f64::from_le_bytes(self.array(key)?)),
            other => {
                let expected = "a known type of metadata";
                return Err(self.unexpected(key, expected, format!("type {other}")));
            }
        })
    }

    /// An array: passed over, but for finding where it ends.
    fn values(&mut self, key: &str) -> Result<Value, FileError> {
        let kind = self.u32(key)?;
        let count = usize::try_from(self.u64(key)?).unwrap_or(usize::MAX);
        let start = self.at;
        if kind == TEXT {
            // A text takes at least the eight bytes of its length, so this ends with the file.
            for _ in 0..count {
                self.text_bytes(key)?;
            }
            return Ok(Value::Texts(count, start..self.at));
        }
        let Some(width) = width(kind) else {
            let expected = "an array of numbers or texts";
            return Err(self.unexpected(key, expected, format!("an array of type {kind}")));
        };
        self.take(key, count.saturating_mul(width))?;
        Ok(Value::Numbers(kind, count, start..self.at))
    }
}
