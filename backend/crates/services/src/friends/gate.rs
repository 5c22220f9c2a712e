//! Who may write in a direct conversation: changed in its own row, under its lock.

use kith_domain::{
    Conversation, DirectGate, UserId,
    friendship::Pair,
    ports::{StoreError, Transaction, locks::Matter},
};

/// Has jobs about what is between the two run one after another.
pub(crate) async fn lock_pair(tx: &mut dyn Transaction, pair: Pair) -> Result<(), StoreError> {
    tx.lock_matters(&[Matter::Person(pair.low()), Matter::Person(pair.high())]).await
}

pub(super) fn set_block(gate: &mut DirectGate, blocker: UserId, blocks: bool) {
    if blocker == gate.pair.low() {
        gate.low_blocks = blocks;
    } else {
        gate.high_blocks = blocks;
    }
}

/// Locks the pair's conversation, if they have one, and changes who may write in it.
pub(super) async fn change_gate(
    tx: &mut dyn Transaction,
    pair: Pair,
    change: impl FnOnce(&mut DirectGate) + Send,
) -> Result<Option<Conversation>, StoreError> {
    let Some(id) = tx.find_direct(pair).await? else { return Ok(None) };
    let Some(mut conversation) = tx.lock_conversation(id).await? else { return Ok(None) };
    let gate = conversation
        .direct
        .as_mut()
        .ok_or_else(|| StoreError::corrupt("a direct conversation without a pair"))?;
    change(gate);
    tx.update_conversation(&conversation).await?;
    Ok(Some(conversation))
}

/// The gate of a fresh friendship.
pub(crate) fn open_gate(pair: Pair) -> DirectGate {
    DirectGate { pair, friends: true, low_blocks: false, high_blocks: false }
}
