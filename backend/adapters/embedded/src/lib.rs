//! Bus, presence and limits inside one process.
