use std::sync::Arc;

use kith_domain::{Caller, Refusal};
use kith_embedded::{InProcessLimits, LimitValues};
use kith_services::ServiceError;

use crate::world::{World, refusal};

const PASSWORD: &str = "correct horse 馬";

/// The grave changes, each on a device or account of its own.
#[derive(Debug, Clone, Copy)]
enum Change {
    Password,
    OneDevice,
    OtherDevices,
    Account,
}

async fn attempt(
    world: &World,
    caller: &Caller,
    change: Change,
    password: Option<&str>,
) -> Result<(), ServiceError> {
    let (services, password) = (&world.services, password.map(str::to_owned));
    match change {
        Change::Password => services.passwords.set(caller, password, "another password".to_owned()).await,
        Change::OneDevice => {
            let other = world.person("ada").await;
            services.devices.sign_out(caller, other.device_id, password).await
        }
        Change::OtherDevices => services.devices.sign_out_others(caller, password).await.map(drop),
        Change::Account => services.deletions.request(caller, password).await.map(drop),
    }
}

#[tokio::test]
async fn each_grave_change_asks_for_the_password() {
    for change in [Change::Password, Change::OneDevice, Change::OtherDevices, Change::Account] {
        let world = World::new().await;
        let ada = world.person("ada").await;
        world.services.passwords.set(&ada, None, "the old password".to_owned()).await.unwrap();
        let old = Some("the old password".to_owned());
        world.services.passwords.set(&ada, old, PASSWORD.to_owned()).await.unwrap();
        for (given, expected) in [
            (None, Refusal::PasswordRequired),
            (Some("the wrong password"), Refusal::PasswordWrong),
            (Some("the old password"), Refusal::PasswordWrong),
            (Some("short"), Refusal::PasswordWrong),
            (Some(&*"x".repeat(100_000)), Refusal::PasswordWrong),
        ] {
            assert_eq!(refusal(attempt(&world, &ada, change, given).await), expected, "{change:?}");
        }
        attempt(&world, &ada, change, Some(PASSWORD)).await.unwrap();
    }
}

#[tokio::test]
async fn a_sign_in_on_request_stands_in_for_ten_minutes() {
    for change in [Change::Password, Change::OneDevice, Change::OtherDevices, Change::Account] {
        let world = World::new().await;
        let ada = world.person("ada").await;
        world.services.passwords.set(&ada, None, PASSWORD.to_owned()).await.unwrap();
        // An ordinary sign-in is no proof, however fresh.
        let ordinary = world.person("ada").await;
        assert_eq!(refusal(attempt(&world, &ordinary, change, None).await), Refusal::PasswordRequired);
        let proven = world.reauthenticated("ada").await;
        world.advance(601);
        assert_eq!(refusal(attempt(&world, &proven, change, None).await), Refusal::PasswordRequired);
        let proven = world.reauthenticated("ada").await;
        world.advance(599);
        attempt(&world, &proven, change, None).await.unwrap();
    }
}

#[tokio::test]
async fn without_a_password_nothing_is_asked_for() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    assert_eq!(world.services.accounts.me(&ada).await.unwrap().password_set, Some(false));
    attempt(&world, &ada, Change::OneDevice, None).await.unwrap();
    // One that is given all the same changes nothing.
    attempt(&world, &ada, Change::OtherDevices, Some(PASSWORD)).await.unwrap();
    attempt(&world, &ada, Change::Password, None).await.unwrap();
    assert_eq!(world.services.accounts.me(&ada).await.unwrap().password_set, Some(true));
}

#[tokio::test]
async fn signing_out_here_asks_for_nothing() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    world.services.passwords.set(&ada, None, PASSWORD.to_owned()).await.unwrap();
    world.services.devices.log_out(&ada).await.unwrap();
    assert_eq!(refusal(attempt(&world, &ada, Change::OtherDevices, None).await), Refusal::PasswordRequired);
}

#[tokio::test]
async fn what_cannot_be_a_password_is_refused_as_typed() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    for (new, code) in [("1234567".to_owned(), "too_short"), ("x".repeat(129), "too_long")] {
        match refusal(world.services.passwords.set(&ada, None, new).await) {
            Refusal::Validation(errors) => {
                assert_eq!((&*errors[0].field, errors[0].code), ("new", code));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(world.services.accounts.me(&ada).await.unwrap().password_set, Some(false));
}

#[tokio::test]
async fn ten_checks_in_a_quarter_of_an_hour_right_or_wrong() {
    let world = World::with_limits(Arc::new(InProcessLimits::new(&LimitValues::DEFAULT))).await;
    let ada = world.person("ada").await;
    world.services.passwords.set(&ada, None, PASSWORD.to_owned()).await.unwrap();
    // Setting it was the first. All at once, right ones among them: more than ten are never looked at.
    let checks = (0..20).map(|number| {
        let given = if number % 2 == 0 { PASSWORD } else { "the wrong password" };
        world.services.devices.sign_out_others(&ada, Some(given.to_owned()))
    });
    let outcomes = futures_util::future::join_all(checks).await;
    let limited = |outcome: &Result<_, ServiceError>| {
        matches!(outcome, Err(ServiceError::Refused(Refusal::RateLimited { .. })))
    };
    assert_eq!(outcomes.iter().filter(|outcome| limited(outcome)).count(), 11);
    let right = world.services.devices.sign_out_others(&ada, Some(PASSWORD.to_owned())).await;
    assert!(limited(&right), "the right one waits too: {right:?}");
    // Somebody else's tries are not Ada's.
    let ben = world.person("ben").await;
    world.services.passwords.set(&ben, None, PASSWORD.to_owned()).await.unwrap();
}
