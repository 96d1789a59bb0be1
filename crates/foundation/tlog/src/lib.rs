//! The open formats of a transparency log, to the byte: RFC 6962 hashing, C2SP tlog-tiles, tlog-checkpoint and
//! signed-note.
//!
//! [`hash`] leaf, node and root; [`tile`] the names of tiles and entry bundles, and their bytes; [`edge`] the growing
//! right edge of a tree, which appends; [`proof`] inclusion and consistency, made from tiles and checked without
//! them; [`note`] signed text and its keys; [`checkpoint`] the signed head of a tree.
//!
//! Pure: no I/O, no clock, no chance. Everything read from outside is refused unless it is exactly what the
//! specification says; nothing here panics on what others wrote.

pub mod checkpoint;
pub mod edge;
pub mod hash;
pub mod note;
pub mod proof;
pub mod tile;

pub use checkpoint::Checkpoint;
pub use edge::Edge;
pub use hash::{Hash, leaf_hash, node_hash, root_of};
pub use note::{Note, SigningKey, VerifierKey};
pub use proof::{Node, prove_consistency, prove_inclusion, verify_consistency, verify_inclusion};
pub use tile::{Name, TILE_WIDTH, TileId};
