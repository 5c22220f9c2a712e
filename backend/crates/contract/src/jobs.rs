//! Short ways to run one call of a repository in a transaction of its own.

/// A call that must succeed, in a transaction that is committed: `change!(subject, tx => tx.call(arguments))`.
macro_rules! change {
    ($subject:expr, $tx:ident => $call:expr) => {
        $crate::fixtures::write(&*$subject.store, move |$tx| Box::pin(async move { $call.await })).await
    };
}

/// A call that must succeed, on a snapshot.
macro_rules! ask {
    ($subject:expr, $tx:ident => $call:expr) => {
        $crate::fixtures::read(&*$subject.store, move |$tx| Box::pin(async move { $call.await })).await
    };
}

/// A call that must be a conflict.
macro_rules! conflict {
    ($subject:expr, $tx:ident => $call:expr) => {{
        use kith_domain::ports::{StoreError, StoreExt};
        let outcome: Result<_, StoreError> =
            $subject.store.write(move |$tx| Box::pin(async move { $call.await })).await;
        assert!(matches!(outcome, Err(StoreError::Conflict)), "{outcome:?} instead of a conflict");
    }};
}
