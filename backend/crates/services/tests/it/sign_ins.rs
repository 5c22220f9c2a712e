use std::sync::Arc;

use kith_domain::{Caller, LiveEvent, Refusal, sign_in::SignInTarget};
use kith_services::{FinishSignIn, FinishedSignIn};

use crate::world::{DAY, World, refusal};

#[tokio::test]
async fn one_identity_is_one_account_on_many_devices() {
    let world = World::new().await;
    let [first, second] = world.people(["ada", "ada"]).await;
    assert_eq!(first.user_id, second.user_id);
    assert_ne!(first.device_id, second.device_id);
    assert_eq!(world.services.devices.list(&first).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_callback_counts_once_and_in_its_own_browser() {
    let world = World::new().await;
    let target = || SignInTarget::Browser { return_to: "/".to_owned() };
    let (state, secret) = world.begin(target()).await;
    assert_eq!(world.finish(&state, "another browser", "ada").await.unwrap_err().code, "invalid_state");
    assert_eq!(
        world.finish(&state, &secret, "ada").await.unwrap_err().code,
        "invalid_state",
        "the state is spent"
    );
    let (state, secret) = world.begin(target()).await;
    assert!(world.finish(&state, &secret, "ada").await.is_ok());
    assert_eq!(world.finish(&state, &secret, "ada").await.unwrap_err().code, "invalid_state");
    let (state, secret) = world.begin(target()).await;
    world.advance(601);
    assert_eq!(world.finish(&state, &secret, "ada").await.unwrap_err().code, "invalid_state");
    let (state, secret) = world.begin(target()).await;
    assert_eq!(world.finish(&state, &secret, "ada?unverified").await.unwrap_err().code, "email_unverified");
    let refused = FinishSignIn {
        provider: "test".to_owned(),
        error: Some("access_denied".to_owned()),
        ..FinishSignIn::default()
    };
    assert_eq!(world.services.sign_ins.finish(refused).await.unwrap_err().code, "invalid_state");
}

#[tokio::test]
async fn eight_refreshes_at_once_are_one_family() {
    let world = Arc::new(World::new().await);
    let token = world.refresh_token("ada").await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (world, token) = (world.clone(), token.clone());
            tokio::spawn(async move { world.services.sign_ins.refresh(&token).await.unwrap() })
        })
        .collect();
    let mut successors = Vec::new();
    for task in tasks {
        successors.push(task.await.unwrap().refresh_token);
    }
    assert!(successors.iter().all(|successor| *successor == successors[0]), "one successor for all");
    assert!(world.services.sign_ins.refresh(&successors[0]).await.is_ok());
}

#[tokio::test]
async fn a_spent_token_repeats_for_30_seconds_and_then_ends_its_family() {
    let world = World::new().await;
    let token = world.refresh_token("ada").await;
    let first = world.services.sign_ins.refresh(&token).await.unwrap();
    let caller = world.caller_of(&first).await;
    world.advance(29);
    let repeated = world.services.sign_ins.refresh(&token).await.unwrap();
    assert_eq!(repeated.refresh_token, first.refresh_token);
    // The successor was used meanwhile: the answer is the newest of the chain, so that nobody falls behind.
    let second = world.services.sign_ins.refresh(&first.refresh_token).await.unwrap();
    assert_eq!(world.services.sign_ins.refresh(&token).await.unwrap().refresh_token, second.refresh_token);

    world.advance(2);
    world.bus.drain();
    assert_eq!(refusal(world.services.sign_ins.refresh(&token).await), Refusal::Unauthenticated);
    let cut = world.bus.drain();
    assert!(
        matches!(&cut[..], [LiveEvent::SessionEnded { devices: Some(devices), .. }] if *devices == [caller.device_id])
    );
    assert_eq!(
        refusal(world.services.sign_ins.refresh(&second.refresh_token).await),
        Refusal::Unauthenticated
    );
    world.advance(4);
    assert_eq!(
        refusal(world.services.sign_ins.authenticate(&second.access_token).await),
        Refusal::Unauthenticated
    );
}

#[tokio::test]
async fn rotation_does_not_extend_a_sign_in() {
    let world = World::new().await;
    let mut token = world.refresh_token("ada").await;
    for _ in 0..29 {
        world.advance(DAY);
        token = world.services.sign_ins.refresh(&token).await.unwrap().refresh_token;
    }
    world.advance(DAY);
    assert_eq!(refusal(world.services.sign_ins.refresh(&token).await), Refusal::Unauthenticated);
}

#[tokio::test]
async fn a_native_code_counts_once_within_a_minute() {
    let world = World::new().await;
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let native = async || {
        let target = SignInTarget::Native {
            redirect_uri: "http://127.0.0.1:9000/cb".to_owned(),
            code_challenge: SignInTarget::s256(verifier),
            state: Some("xyz".to_owned()),
        };
        let (state, secret) = world.begin(target).await;
        match world.finish(&state, &secret, "ada").await.unwrap() {
            FinishedSignIn::Native { location } => {
                let query = location.strip_prefix("http://127.0.0.1:9000/cb?code=").unwrap();
                query.strip_suffix("&state=xyz").unwrap().to_owned()
            }
            FinishedSignIn::Browser { .. } => panic!("a native client was asked for"),
        }
    };
    let sign_ins = &world.services.sign_ins;
    let code = native().await;
    let tokens = sign_ins.redeem(&code, verifier).await.unwrap();
    assert!(sign_ins.authenticate(&tokens.access_token).await.is_ok());
    assert_eq!(refusal(sign_ins.redeem(&code, verifier).await), Refusal::Unauthenticated);
    assert_eq!(
        refusal(sign_ins.refresh(&tokens.refresh_token).await),
        Refusal::Unauthenticated,
        "its tokens are void"
    );

    let code = native().await;
    assert_eq!(refusal(sign_ins.redeem(&code, "another verifier").await), Refusal::Unauthenticated);
    assert_eq!(refusal(sign_ins.redeem(&code, verifier).await), Refusal::Unauthenticated);
    let code = native().await;
    world.advance(60);
    assert_eq!(refusal(sign_ins.redeem(&code, verifier).await), Refusal::Unauthenticated);
}

#[tokio::test]
async fn a_device_signed_out_elsewhere_is_refused_within_seconds() {
    let world = World::new().await;
    let first = world.services.sign_ins.refresh(&world.refresh_token("ada").await).await.unwrap();
    let second = world.services.sign_ins.refresh(&world.refresh_token("ada").await).await.unwrap();
    let (here, there) = (world.caller_of(&first).await, world.caller_of(&second).await);
    let other = world.person("ben").await;
    assert_eq!(
        refusal(world.services.devices.sign_out(&other, there.device_id, None).await),
        Refusal::NotFound
    );
    world.services.devices.sign_out(&here, there.device_id, None).await.unwrap();
    world.advance(5);
    assert_eq!(
        refusal(world.services.sign_ins.authenticate(&second.access_token).await),
        Refusal::Unauthenticated
    );
    assert!(world.services.sign_ins.authenticate(&first.access_token).await.is_ok());
    world.services.devices.log_out(&here).await.unwrap();
    world.services.devices.log_out(&here).await.unwrap();
    assert_eq!(
        refusal(world.services.sign_ins.refresh(&first.refresh_token).await),
        Refusal::Unauthenticated
    );
}

#[tokio::test]
async fn a_device_counts_for_its_owner_alone_also_when_it_was_just_seen() {
    let world = World::new().await;
    let [ada, bob] = world.people(["ada", "bob"]).await;
    let mixed = world.token_of(Caller { user_id: bob.user_id, device_id: ada.device_id });
    let sign_ins = &world.services.sign_ins;
    for own in [true, false, true, false] {
        let token = if own { world.token_of(ada) } else { mixed.clone() };
        assert_eq!(sign_ins.authenticate(&token).await.is_ok(), own);
    }
    world.advance(10);
    assert_eq!(refusal(sign_ins.authenticate(&mixed).await), Refusal::Unauthenticated, "looked up first");
    assert!(
        sign_ins.authenticate(&world.token_of(ada)).await.is_ok(),
        "what it found does not harm the owner"
    );
}

#[tokio::test]
async fn what_is_handed_out_does_not_show_itself_in_logs() {
    let world = World::new().await;
    let (state, browser_secret) = world.begin(SignInTarget::Browser { return_to: "/".to_owned() }).await;
    let callback = FinishSignIn {
        provider: "test".to_owned(),
        state: Some(state),
        code: Some("ada".to_owned()),
        browser_secret: Some(browser_secret),
        ..FinishSignIn::default()
    };
    let finished = world.services.sign_ins.finish(callback.clone()).await.unwrap();
    let FinishedSignIn::Browser { refresh_token, .. } = &finished else { panic!("{finished:?}") };
    let tokens = world.services.sign_ins.refresh(refresh_token).await.unwrap();
    let shown = format!("{callback:?} {finished:?} {tokens:?}");
    let secrets = [callback.state.as_ref(), callback.browser_secret.as_ref(), Some(refresh_token)];
    for secret in secrets.into_iter().flatten().chain([&tokens.access_token, &tokens.refresh_token]) {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}
