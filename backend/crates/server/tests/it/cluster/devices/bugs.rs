//! Faults of devices and of what lies between them and the server, to see that the checker finds them.

/// What a device does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bug {
    /// An answer is there before the message was handed over, which then does not happen.
    AcknowledgesItself,
    /// A retry gets another id, and is stored as another message.
    NewIdForRetry,
    /// Something between changes what is said.
    OtherText,
    /// State is asked for before the subscription, and neither holes nor heads are looked at.
    SyncsFirst,
    /// An entry that comes is dropped and taken for shown.
    DropsAnEvent,
    /// It shows what another person gets.
    ReadsOthersMail,
    /// An entry that came already is shown again.
    ShowsTwice,
    /// What was under way stays beside the entry.
    KeepsPending,
    /// An unsend is passed over.
    IgnoresUnsends,
}
