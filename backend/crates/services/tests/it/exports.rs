use std::sync::atomic::Ordering;

use kith_domain::ports::BlobError;
use kith_services::ExportState;

use crate::{blobs::Troubled, world::World};

#[tokio::test]
async fn an_archive_that_was_cut_off_is_not_left_behind() {
    let mut troubled = None;
    let world = World::with_blobs(|blobs| troubled.insert(Troubled::new(blobs)).clone()).await;
    let troubled = troubled.unwrap();
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
