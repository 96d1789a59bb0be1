//! The citizen's site from outside: its texts, and its pages over a real database.

mod pages;
mod texts;
mod world;
mod serve_tmp;
