//! Oh-LoRA's face: a portrait in four pixels a cell, or in lines where there are too few colours.
//!
//! `picture` says what stands at a point, `palette` in which colour, `cells` and `lines` make
//! characters of it. Nothing is kept between two frames: a picture is a function of the face.

mod cells;
mod lines;
mod palette;
mod picture;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::widgets::Widget;

use crate::companion::expression::Face;
use crate::tui::theme::{Depth, Theme, Tone};
use cells::{Quad, Rgb, mean};
use picture::Picture;

/// Rows below which only her head is drawn.
const WHOLE: f32 = 10.0;
/// How much of the picture's height is her head.
const HEAD: f32 = 0.66;
/// Points of a pixel, one above the other; so edges are soft.
const SAMPLES: u8 = 2;

/// Her portrait, as large as the area.
#[derive(Debug)]
pub struct Portrait<'a> {
    /// Eyes, mouth, head, lids.
    pub face: &'a Face,
    /// The colours.
    pub theme: &'a Theme,
}

/// How the picture lies in an area.
#[derive(Debug, Clone, Copy)]
struct Frame {
    columns: f32,
    rows: f32,
    /// Units of the picture in half a row, which is about a column.
    pixel: f32,
}

impl Frame {
    fn of(area: Rect) -> Self {
        let (columns, rows) = (f32::from(area.width), f32::from(area.height));
        let half = rows.min(columns / 2.0);
        let shown = if half < WHOLE { HEAD } else { 1.0 };
        Self {
            columns,
            rows,
            pixel: shown / half,
        }
    }

    /// The point of the picture at a place in cells.
    fn point(&self, column: f32, row: f32) -> (f32, f32) {
        let x = (column - self.columns / 2.0) * self.pixel;
        let y = (row - self.rows / 2.0) * 2.0 * self.pixel;
        (x, y)
    }
}

impl Widget for &Portrait<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let area = area.intersection(buffer.area);
        if area.is_empty() {
            return;
        }
        let frame = Frame::of(area);
        let picture = Picture::new(self.face, frame.pixel);
        for (row, y) in (area.y..area.bottom()).enumerate() {
            for (column, x) in (area.x..area.right()).enumerate() {
                let (column, row) = (column as f32, row as f32);
                let cell = &mut buffer[(x, y)];
                if self.theme.depth() == Depth::Few {
                    let part = |across, down| {
                        let (x, y) = frame.point(column + across, row + down);
                        picture.part(x, y)
                    };
                    let style = self.theme.style(Tone::Plain);
                    cell.set_char(lines::braille(part)).set_style(style);
                    continue;
                }
                let pixel = |across: f32, down: f32| -> Rgb {
                    let samples = (0..SAMPLES).map(|n| {
                        let within = (f32::from(n) + 0.5) / f32::from(SAMPLES) / 2.0;
                        let (x, y) = frame.point(column + across, row + down + within);
                        palette::color(picture.part(x, y), self.theme.ground())
                    });
                    mean(samples)
                };
                let quad = Quad::closest([
                    pixel(0.25, 0.0),
                    pixel(0.75, 0.0),
                    pixel(0.25, 0.5),
                    pixel(0.75, 0.5),
                ]);
                let color = |rgb| self.color(rgb);
                let style = Style::new().fg(color(quad.front)).bg(color(quad.back));
                cell.set_symbol(quad.symbol).set_style(style);
            }
        }
    }
}

impl Portrait<'_> {
    fn color(&self, rgb: Rgb) -> Color {
        match self.theme.depth() {
            Depth::True => Color::Rgb(rgb[0], rgb[1], rgb[2]),
            Depth::Many | Depth::Few => Color::Indexed(palette::nearest(rgb)),
        }
    }
}

#[cfg(test)]
mod tests;
