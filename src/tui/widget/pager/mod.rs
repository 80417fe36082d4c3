//! Something long to read: blocks of wrapped text of which only the visible rows are laid out.
//!
//! The position is a place in a text, not a row of the whole, so nothing above or below the screen
//! is ever measured: a frame costs the same after ten messages and after ten thousand, and a resize
//! leaves the reader at the same words.

mod paragraph;

use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};

pub use paragraph::{Block, Paragraph};

use crate::tui::theme::Theme;

/// A row of a block at some width.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Row {
    block: usize,
    row: usize,
}

/// Where the reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Position {
    /// The last row is at the bottom, and stays there as blocks are added.
    End,
    /// The row with this place is at the top.
    At(Place),
}

/// A place in the text, whatever the width.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Place {
    block: usize,
    paragraph: usize,
    byte: usize,
}

/// Blocks, and where the reader is.
#[derive(Debug, Clone)]
pub struct Pager {
    blocks: Vec<Block>,
    position: Position,
}

impl Pager {
    /// Follows the end, as a conversation does.
    pub fn following() -> Self {
        Self {
            blocks: Vec::new(),
            position: Position::End,
        }
    }

    /// Opens at the top, as a document does.
    pub fn document(blocks: Vec<Block>) -> Self {
        Self {
            blocks,
            position: Position::At(Place::default()),
        }
    }

    /// How many blocks there are.
    pub fn len(&self) -> usize {
        self.blocks.len()
    }

    /// Nothing to read.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// The blocks.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Adds a block at the end.
    pub fn push(&mut self, block: Block) {
        self.blocks.push(block);
    }

    /// Puts another block in the place of one.
    pub fn replace(&mut self, index: usize, block: Block) {
        if let Some(place) = self.blocks.get_mut(index) {
            *place = block;
        }
    }

    /// Puts other blocks in the place of all; the reader stays where they were.
    pub fn renew(&mut self, blocks: Vec<Block>) {
        self.blocks = blocks;
    }

    /// Takes a block out.
    pub fn remove(&mut self, index: usize) {
        if index < self.blocks.len() {
            self.blocks.remove(index);
        }
        if let Position::At(place) = &mut self.position
            && place.block > index
        {
            place.block -= 1;
        }
    }

    /// The end is in sight, and stays there.
    pub fn is_following(&self) -> bool {
        self.position == Position::End
    }

    /// Goes to the end and stays there.
    pub fn follow(&mut self) {
        self.position = Position::End;
    }

    /// Goes to the top.
    pub fn rewind(&mut self) {
        self.position = Position::At(Place::default());
    }

    /// Moves by rows in a page of this size: up where negative.
    pub fn scroll(&mut self, rows: isize, page: Size) {
        let mut top = self.top(page);
        for _ in 0..rows.unsigned_abs() {
            let moved = if rows < 0 {
                self.before(top, page.width)
            } else {
                self.after(top, page.width)
            };
            match moved {
                Some(row) => top = row,
                None => break,
            }
        }
        self.position = if rows > 0 && top >= self.last_top(page) {
            Position::End
        } else {
            Position::At(self.place(top, page.width))
        };
    }

    /// Draws the visible rows.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        let area = area.intersection(buffer.area);
        if area.is_empty() {
            return;
        }
        let top = self.top(area.as_size());
        let mut skip = top.row;
        let mut y = area.y;
        for paragraph in self.blocks.iter().skip(top.block).flatten() {
            let height = paragraph.height(area.width);
            if skip >= height {
                skip -= height;
                continue;
            }
            let rest = Rect {
                y,
                height: area.bottom() - y,
                ..area
            };
            y += paragraph.draw(skip, rest, buffer, theme);
            skip = 0;
            if y >= area.bottom() {
                break;
            }
        }
    }

    /// The row at the top of a page: the reader's, but no further than where the end is in sight.
    fn top(&self, page: Size) -> Row {
        let Position::At(place) = self.position else {
            return self.last_top(page);
        };
        let row = self.row(place, page.width);
        if self.fills(row, page) {
            row
        } else {
            self.last_top(page)
        }
    }

    /// The row that shows a place.
    fn row(&self, place: Place, columns: u16) -> Row {
        let Some(block) = self.blocks.get(place.block) else {
            return Row::default();
        };
        let above = block.iter().take(place.paragraph);
        let within = block.get(place.paragraph).map_or(0, |paragraph| {
            paragraph.with_rows(columns, |rows| {
                rows.partition_point(|row| row.start <= place.byte)
                    .saturating_sub(1)
            })
        });
        Row {
            block: place.block,
            row: above
                .map(|paragraph| paragraph.height(columns))
                .sum::<usize>()
                + within,
        }
    }

    /// The place at the start of a row.
    fn place(&self, row: Row, columns: u16) -> Place {
        let mut rest = row.row;
        let paragraphs = self.blocks.get(row.block).into_iter().flatten();
        for (paragraph, text) in paragraphs.enumerate() {
            let height = text.height(columns);
            if rest < height {
                let byte = text.with_rows(columns, |rows| rows[rest].start);
                return Place {
                    block: row.block,
                    paragraph,
                    byte,
                };
            }
            rest -= height;
        }
        Place {
            block: row.block,
            ..Place::default()
        }
    }

    /// The page is full when this row is at its top.
    fn fills(&self, top: Row, page: Size) -> bool {
        let wanted = top.row + usize::from(page.height);
        let mut rows = 0;
        for block in self.blocks.iter().skip(top.block) {
            rows += block_height(block, page.width);
            if rows >= wanted {
                return true;
            }
        }
        false
    }

    /// The top row when the last one is at the bottom.
    fn last_top(&self, page: Size) -> Row {
        let mut missing = usize::from(page.height);
        for (block, paragraphs) in self.blocks.iter().enumerate().rev() {
            let height = block_height(paragraphs, page.width);
            if height >= missing {
                let row = height - missing;
                return Row { block, row };
            }
            missing -= height;
        }
        Row::default()
    }

    fn before(&self, row: Row, columns: u16) -> Option<Row> {
        if row.row > 0 {
            return Some(Row {
                row: row.row - 1,
                ..row
            });
        }
        let block = row.block.checked_sub(1)?;
        let height = block_height(self.blocks.get(block)?, columns);
        Some(Row {
            block,
            row: height.saturating_sub(1),
        })
    }

    fn after(&self, row: Row, columns: u16) -> Option<Row> {
        let height = block_height(self.blocks.get(row.block)?, columns);
        if row.row + 1 < height {
            return Some(Row {
                row: row.row + 1,
                ..row
            });
        }
        (row.block + 1 < self.blocks.len()).then_some(Row {
            block: row.block + 1,
            row: 0,
        })
    }
}

fn block_height(block: &[Paragraph], columns: u16) -> usize {
    block
        .iter()
        .map(|paragraph| paragraph.height(columns))
        .sum()
}

#[cfg(test)]
mod tests;
