use std::sync::Arc;

use kith_domain::{Caller, MediaId, MediaKind, MediaType, Refusal, ports::StoreError, ports::StoreExt as _};
use kith_inspection::testing;
use kith_services::UploadCommand;
use sha2::{Digest as _, Sha256};

use crate::world::{World, refusal};

/// Announces a picture.
async fn announce(world: &World, who: &Caller) -> MediaId {
    let bytes = testing::gif();
    let command = UploadCommand {
        kind: MediaKind::Image,
        name: "dot.gif".to_owned(),
        content_type: "image/gif".to_owned(),
        size_bytes: bytes.len() as u64,
        sha256: Sha256::digest(&bytes).into(),
    };
    world.services.media.create(who, command).await.unwrap().media_id
}

/// Stores its bytes.
async fn upload(world: &World, id: MediaId) {
    let found = world.store().read::<_, StoreError, _>(move |tx| tx.find_upload(id)).await.unwrap();
    let (key, file) = (found.unwrap().key, testing::file_of(&testing::gif()));
    world.blobs().put(key, file, MediaType::Gif).await.unwrap();
}

#[tokio::test]
async fn of_two_calls_to_complete_an_upload_both_are_answered() {
    let (world, troubled) = World::troubled().await;
    let ada = world.person("ada").await;
    let id = announce(&world, &ada).await;
    let complete = || world.services.media.complete(&ada, id);
    assert_eq!(refusal(complete().await), Refusal::Conflict("nothing was uploaded yet"));
    upload(&world, id).await;

    let services = Arc::new(world.services.clone());
    let quicker = async move { drop(services.media.complete(&ada, id).await.unwrap()) };
    *troubled.meanwhile.lock().unwrap() = Some(Box::pin(quicker));
    let completed = complete().await.unwrap();
    assert_eq!((completed.id, completed.width), (id, Some(1)));
    assert_eq!(complete().await.unwrap(), completed, "again: the same");
}
