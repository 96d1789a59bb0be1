//! What can be wrong with the stored log, in words that name the place.

use std::fmt;

use tlog::TileId;
use uuid::Uuid;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    Entry {
        index: u64,
        fault: EntryFault,
    },
    /// Rows, bundle and tile of these entries: no copy leads to the signed tree.
    Rewritten {
        first: u64,
        last: u64,
    },
    /// The same entry stands in the log more than once.
    Repeated {
        id: Uuid,
    },
    Bundle {
        n: u64,
        fault: Fault,
    },
    Tile {
        id: TileId,
        fault: Fault,
    },
    Checkpoint {
        size: u64,
        fault: CheckpointFault,
    },
    /// The checkpoint kept elsewhere.
    Outside {
        size: u64,
        fault: CheckpointFault,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryFault {
    RowMissing,
    IdAltered,
    TimeAltered,
    SubjectAltered,
    /// The text, or the salt, which cannot be told apart.
    BodyAltered,
    /// Not in the signed tree.
    Unexpected,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Missing,
    Altered,
    /// Not, or not so wide, in the signed tree.
    Unexpected,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckpointFault {
    Missing,
    /// Its text or signature is not the log's.
    NotSigned,
    /// Its row names another size or another predecessor.
    Altered,
    /// The log did not only grow since.
    NotPrefix,
    /// The log is shorter now.
    Beyond,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry { index, fault } => write!(f, "entry {index}: {fault}"),
            Self::Rewritten { first, last } => write!(f, "entries {first} to {last}: rewritten"),
            Self::Repeated { id } => write!(f, "entry with id {id}: repeated"),
            Self::Bundle { n, fault } => write!(f, "bundle {n}: {fault}"),
            Self::Tile { id, fault } => write!(f, "tile {id}: {fault}"),
            Self::Checkpoint { size, fault } => write!(f, "checkpoint at {size}: {fault}"),
            Self::Outside { size, fault } => write!(f, "checkpoint at {size} kept elsewhere: {fault}"),
        }
    }
}

impl fmt::Display for EntryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RowMissing => "row missing",
            Self::IdAltered => "id altered",
            Self::TimeAltered => "time altered",
            Self::SubjectAltered => "subject altered",
            Self::BodyAltered => "body altered",
            Self::Unexpected => "not in the signed tree",
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "missing",
            Self::Altered => "altered",
            Self::Unexpected => "not in the signed tree",
        })
    }
}

impl fmt::Display for CheckpointFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "missing",
            Self::NotSigned => "not signed by the log",
            Self::Altered => "altered",
            Self::NotPrefix => "not a prefix",
            Self::Beyond => "the log is shorter",
        })
    }
}
