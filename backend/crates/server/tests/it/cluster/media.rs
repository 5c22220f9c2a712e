//! Uploads in a bucket that all nodes share.

use kith_harness::S3;
use kith_inspection::testing::{encoded, picture};

use super::{Between, Cluster, blocking, entry};
use crate::harness::{Launch, Person, Socket, eventually, fetch};

/// The settings of a bucket.
pub(super) fn in_bucket(launch: Launch, s3: &S3, bucket: &str) -> Launch {
    launch
        .set("KITH__S3__ENDPOINT", s3.url())
        .set("KITH__S3__BUCKET", bucket)
        .set("KITH__S3__PATH_STYLE", true)
        .set("KITH__S3__REGION", S3::REGION)
        .set("KITH__S3__ACCESS_KEY_ID", S3::ACCESS_KEY_ID)
        .set("KITH__S3__SECRET_ACCESS_KEY", S3::SECRET_ACCESS_KEY)
}

fn photo() -> Vec<u8> {
    encoded(&picture(800, 600), image::ImageFormat::Jpeg)
}

async fn photo_of(person: &Person) -> String {
    let media = person.upload("image", "photo.jpg", "image/jpeg", &photo()).await.expect(200);
    media["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_photograph_goes_by_way_of_the_bucket_to_another_node() {
    let s3 = blocking(|| S3::start().unwrap()).await;
    let bucket = s3.create_bucket().unwrap();
    let cluster = Cluster::start_with(2, Between::Redis, |launch| in_bucket(launch, &s3, &bucket)).await;
    let (ada, bob, direct) = cluster.friends().await;
    let mut at_b = Socket::connect(&bob).await;
    cluster.knows(0, 1).await;

    let id = photo_of(&ada).await;
    let shown = ada.show(&direct, "image", &id).await;
    let told = entry(&mut at_b, shown["seq"].as_u64().unwrap()).await;
    assert_eq!(told["entry"]["content"]["media"]["id"], id.as_str());
    let url = bob.locate(&id).await.expect("it is there for him");
    assert!(url.starts_with(&format!("{}/{bucket}/", s3.url())), "{url}");
    let file = fetch(&url).await;
    assert_eq!((file.status, file.header("content-type")), (200, "image/jpeg"));
    assert_eq!(image::load_from_memory(&file.body).unwrap().width(), 800);
    // What is signed opens nothing else, and nobody else gets it signed.
    assert_eq!(fetch(&url.replacen("/media/", "/uploads/", 1)).await.status, 403);
    assert_eq!(fetch(url.split('?').next().unwrap()).await.status, 403, "the bucket is private");
    let eve = cluster.person(1, "eve").await;
    assert_eq!(eve.locate(&id).await, None);

    // The pages may show what lies there.
    let page = cluster.nodes[1].http.get("/").await;
    assert!(page.header("content-security-policy").contains(&s3.url()), "{page:?}");

    // Without the bucket text works, a file that is not verified is refused, and it comes back by itself.
    s3.kill();
    let said = ada.say(&direct, "no pictures for now").await;
    entry(&mut at_b, said["seq"].as_u64().unwrap()).await;
    let ticket = ada.announce("image", "late.jpg", "image/jpeg", &photo()).await.expect(201);
    let late = ticket["media_id"].as_str().unwrap().to_owned();
    let complete = format!("/api/v1/media/{late}/complete");
    let waiting = ada.call("POST", &complete, None).await;
    assert_eq!((waiting.status, waiting.code()), (503, "unavailable".to_owned()), "{waiting:?}");
    ada.try_show(&direct, "image", &late).await.refuse("incomplete", 422, "validation_failed");
    s3.restart().unwrap();
    let request = crate::harness::upload_request(&ticket, photo());
    assert_eq!(crate::harness::Download::of(request).await.status, 200);
    eventually("the upload is verified", async || {
        let reply = ada.call("POST", &complete, None).await;
        (reply.status == 200).then_some(())
    })
    .await;
    let shown = ada.show(&direct, "image", &late).await;
    entry(&mut at_b, shown["seq"].as_u64().unwrap()).await;

    // Unsent: gone from the bucket.
    let url = bob.locate(&id).await.unwrap();
    let seq = told["seq"].as_u64().unwrap();
    ada.call("POST", &format!("/api/v1/conversations/{direct}/entries/{seq}/unsend"), None).await.expect(200);
    eventually("the file is removed", async || (fetch(&url).await.status == 404).then_some(())).await;
    assert_eq!(bob.locate(&id).await, None);
}
