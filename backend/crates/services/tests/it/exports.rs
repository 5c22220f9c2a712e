use std::sync::atomic::Ordering;

use kith_domain::ports::BlobError;
use kith_services::ExportState;

use crate::world::World;

#[tokio::test]
async fn an_archive_that_was_cut_off_is_not_left_behind() {
    let (world, troubled) = World::troubled().await;
    let ada = world.person("ada").await;
    let exports = &world.services.exports;
    exports.request(&ada).await.unwrap();
    troubled.cuts_off.store(true, Ordering::SeqCst);
    exports.prepare_waiting().await.unwrap_err();
    assert_eq!(exports.state(&ada).await.unwrap(), ExportState::Preparing);
    assert_eq!(exports.prepare_waiting().await.unwrap(), 1);
    assert!(matches!(exports.state(&ada).await.unwrap(), ExportState::Ready { .. }));

    world.services.media.purge().await.unwrap();
    let put = troubled.put.lock().unwrap().clone();
    let [cut_off, kept] = put[..] else { panic!("two were made: {put:?}") };
    let left = world.blobs().open(cut_off).await;
    assert!(matches!(left, Err(BlobError::NotFound)), "{left:?}");
    world.blobs().open(kept).await.unwrap();
}

#[tokio::test]
async fn a_blob_that_cannot_be_removed_holds_up_no_other() {
    let (world, troubled) = World::troubled().await;
    let ada = world.person("ada").await;
    let exports = &world.services.exports;
    exports.request(&ada).await.unwrap();
    for _ in 0..3 {
        troubled.cuts_off.store(true, Ordering::SeqCst);
        exports.prepare_waiting().await.unwrap_err();
    }
    let mut cut_off = troubled.put.lock().unwrap().clone();
    // The store tells them in this order.
    cut_off.sort_by_key(ToString::to_string);
    *troubled.stuck.lock().unwrap() = Some(cut_off[0]);
    exports.prepare_waiting().await.unwrap();
    world.services.media.purge().await.unwrap_err();
    let is_there = async |key| world.blobs().open(key).await.is_ok();
    assert!(is_there(cut_off[0]).await);
    assert!(!is_there(cut_off[1]).await && !is_there(cut_off[2]).await);

    *troubled.stuck.lock().unwrap() = None;
    world.services.media.purge().await.unwrap();
    assert!(!is_there(cut_off[0]).await);
}
