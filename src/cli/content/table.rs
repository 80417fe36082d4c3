//! Columns that line up although Korean letters are two cells wide.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

/// Writes rows in columns: the first to the left, the others to the right.
pub(super) fn write(out: &mut dyn Write, rows: &[Vec<String>]) -> io::Result<()> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|i| {
            rows.iter()
                .filter_map(|row| row.get(i))
                .map(|cell| cell.width())
                .max()
        })
        .map(Option::unwrap_or_default)
        .collect();
    for row in rows {
        let mut line = String::new();
        for (i, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let space = " ".repeat(width - cell.width());
            match i {
                0 => line.extend([cell, space.as_str()]),
                _ => line.extend(["  ", space.as_str(), cell]),
            }
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn wide_letters_take_two_cells() {
        let rows = [["주제", "7"], ["LoRA", "12"]].map(|row| row.map(str::to_owned).to_vec());
        let mut out = Vec::new();
        super::write(&mut out, &rows).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "주제   7\nLoRA  12\n");
    }
}
