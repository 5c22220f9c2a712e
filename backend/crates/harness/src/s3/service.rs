//! What of S3 is served.

use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures_util::TryStreamExt as _;
use s3s::{
    Body, S3, S3Request, S3Response, S3Result,
    dto::{
        AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
        CompleteMultipartUploadOutput, CopyObjectInput, CopyObjectOutput, CreateMultipartUploadInput,
        CreateMultipartUploadOutput, DeleteObjectInput, DeleteObjectOutput, GetObjectInput, GetObjectOutput,
        HeadObjectInput, HeadObjectOutput, ListObjectsV2Input, ListObjectsV2Output, PutObjectInput,
        PutObjectOutput, StreamingBlob, UploadPartInput, UploadPartOutput,
    },
    s3_error,
};
use s3s_fs::FileSystem;

/// Files, behind a check that comes too late in them: a body of another SHA-256 than its header says is refused there
/// when it has taken the object's place already. S3 checks first.
pub(crate) struct Service(pub(crate) FileSystem);

macro_rules! serve {
    ($($call:ident: $input:ident => $output:ident;)*) => {
        #[async_trait::async_trait]
        impl S3 for Service {
            async fn put_object(
                &self,
                mut request: S3Request<PutObjectInput>,
            ) -> S3Result<S3Response<PutObjectOutput>> {
                request.input.body = Some(checked(&mut request.input).await?);
                self.0.put_object(request).await
            }

            $(async fn $call(&self, request: S3Request<$input>) -> S3Result<S3Response<$output>> {
                self.0.$call(request).await
            })*
        }
    };
}

serve! {
    get_object: GetObjectInput => GetObjectOutput;
    head_object: HeadObjectInput => HeadObjectOutput;
    copy_object: CopyObjectInput => CopyObjectOutput;
    delete_object: DeleteObjectInput => DeleteObjectOutput;
    list_objects_v2: ListObjectsV2Input => ListObjectsV2Output;
    create_multipart_upload: CreateMultipartUploadInput => CreateMultipartUploadOutput;
    upload_part: UploadPartInput => UploadPartOutput;
    complete_multipart_upload: CompleteMultipartUploadInput => CompleteMultipartUploadOutput;
    abort_multipart_upload: AbortMultipartUploadInput => AbortMultipartUploadOutput;
}

/// The body, when it is what its header says.
async fn checked(input: &mut PutObjectInput) -> S3Result<StreamingBlob> {
    let Some(mut body) = input.body.take() else { return Err(s3_error!(IncompleteBody)) };
    let mut content = Vec::new();
    while let Some(piece) = body.try_next().await.map_err(|_| s3_error!(IncompleteBody))? {
        content.extend_from_slice(&piece);
    }
    let sha256 = STANDARD.encode(digest::digest(&digest::SHA256, &content));
    if input.checksum_sha256.as_ref().is_some_and(|announced| *announced != sha256) {
        return Err(s3_error!(BadDigest, "the SHA-256 is another one"));
    }
    Ok(StreamingBlob::from(Body::from(content)))
}
