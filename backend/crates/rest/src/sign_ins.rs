//! Sign-in, tokens and their renewal.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kith_domain::{FieldError, Refusal, ports::StoreError, sign_in::SignInTarget};
use kith_services::{BeginSignIn, FinishSignIn, FinishedSignIn, ServiceError, SignInFailure, TokenPair};
use kith_wire::{
    ProblemCode,
    sign_in::{Notice, Provider, RefreshBody, TokenBody, TokenType, Tokens},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    answer::Answer,
    cookies::{self, Cookie},
    error::ApiError,
    extract::{Address, OpenQuery, OptionalBody, PathIds, SignedLeaving, StrictBody, StrictQuery},
    sign_in_target,
    state::AppState,
};

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_providers))
        .routes(routes!(begin_sign_in))
        .routes(routes!(finish_sign_in))
        .routes(routes!(redeem_code))
        .routes(routes!(refresh_tokens))
        .routes(routes!(log_out))
        .routes(routes!(get_sign_in_notice))
        .routes(routes!(get_keys))
}

/// The identity providers one can sign in with.
#[utoipa::path(get, path = "/auth/providers", tag = "sign-in", security(()),
    responses((status = 200, description = "As configured", body = Vec<Provider<'static>>)))]
async fn list_providers(State(app): State<AppState>) -> Result<Answer, ApiError> {
    let providers = app.services.sign_ins.providers();
    let shown: Vec<_> =
        providers.iter().map(|provider| Provider { id: &provider.id, name: &provider.name }).collect();
    Answer::ok(&shown)
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct BeginQuery {
    /// Browsers: the page to open afterwards, a path of this site; `/` when left out.
    return_to: Option<String>,
    /// What to call the device.
    #[param(max_length = 256)]
    device_name: Option<String>,
    /// Who is expected to sign in.
    #[param(max_length = 256)]
    login_hint: Option<String>,
    /// `1` asks the provider for a fresh proof.
    reauth: Option<u32>,
    /// Native clients: where they listen, `http://127.0.0.1:PORT/…` or `http://[::1]:PORT/…`.
    redirect_uri: Option<String>,
    /// Native clients: the challenge of their PKCE verifier.
    code_challenge: Option<String>,
    /// Native clients: `S256`.
    code_challenge_method: Option<String>,
    /// Native clients: handed back untouched.
    state: Option<String>,
}

impl BeginQuery {
    fn into_begin(self, provider: String, Address(address): Address) -> Result<BeginSignIn, Refusal> {
        let long = |text: &Option<String>| text.as_ref().is_some_and(|text| text.len() > 256);
        for (field, text) in [("device_name", &self.device_name), ("login_hint", &self.login_hint)] {
            if long(text) {
                return Err(FieldError::new(field, "too_long", "at most 256 bytes").into());
            }
        }
        let fresh = match self.reauth {
            None | Some(0) => false,
            Some(1) => true,
            Some(_) => return Err(FieldError::new("reauth", "invalid", "1 or nothing").into()),
        };
        let native = [&self.redirect_uri, &self.code_challenge, &self.code_challenge_method, &self.state];
        let target = match (&self.redirect_uri, &self.return_to) {
            (Some(_), Some(_)) => {
                return Err(
                    FieldError::new("return_to", "ambiguous", "either return_to or redirect_uri").into()
                );
            }
            (Some(uri), None) => sign_in_target::native(
                uri,
                self.code_challenge.as_deref(),
                self.code_challenge_method.as_deref(),
                self.state,
            )?,
            (None, _) if native.iter().any(|field| field.is_some()) => {
                return Err(FieldError::new(
                    "redirect_uri",
                    "required",
                    "native clients say where they listen",
                )
                .into());
            }
            (None, return_to) => sign_in_target::browser(return_to.as_deref().unwrap_or("/"))?,
        };
        let (device_name, login_hint) = (self.device_name, self.login_hint);
        Ok(BeginSignIn { provider, target, device_name, login_hint, fresh, address })
    }
}

/// Sends the browser to the provider.
#[utoipa::path(get, path = "/auth/login/{provider}", tag = "sign-in", security(()),
    params(("provider" = String, Path, description = "One of `/auth/providers`"), BeginQuery),
    responses((status = 302, description = "To the provider"), (status = 429, description = "Too many sign-ins from this address")))]
async fn begin_sign_in(
    State(app): State<AppState>,
    address: Address,
    PathIds((provider,)): PathIds<(String,)>,
    StrictQuery(query): StrictQuery<BeginQuery>,
) -> Result<Response, ApiError> {
    let begin = query.into_begin(provider, address)?;
    let in_browser = matches!(begin.target, SignInTarget::Browser { .. });
    let begun = match app.services.sign_ins.begin(begin).await {
        // A person at a browser is told on the page where they can choose again.
        Err(ServiceError::Store(StoreError::Unavailable(_))) if in_browser => {
            return redirect("/sign-in?error=provider_unavailable", []);
        }
        other => other?,
    };
    let cookie = Cookie::SignIn.set(&begun.browser_secret, Cookie::SIGN_IN_SECONDS, app.secure);
    redirect(&begun.location, [cookie])
}

/// Where the provider sends the browser back to. What fails ends on the sign-in page, with a code.
#[utoipa::path(get, path = "/auth/callback/{provider}", tag = "sign-in", security(()),
    params(
        ("provider" = String, Path, description = "One of `/auth/providers`"),
        ("state" = Option<String>, Query, description = "Ours, handed back"),
        ("code" = Option<String>, Query, description = "The provider's code"),
        ("error" = Option<String>, Query, description = "The provider's refusal"),
    ),
    responses((status = 302, description = "To the page asked for, to the native client, or to `/sign-in?error=CODE`")))]
async fn finish_sign_in(
    State(app): State<AppState>,
    PathIds((provider,)): PathIds<(String,)>,
    query: OpenQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let secure = app.secure;
    let callback = FinishSignIn {
        provider,
        state: query.one("state"),
        code: query.one("code"),
        error: query.one("error"),
        browser_secret: Cookie::SignIn.get(&headers, secure),
    };
    let done = Cookie::SignIn.set("", 0, secure);
    match app.services.sign_ins.finish(callback).await {
        Ok(FinishedSignIn::Browser { return_to, refresh_token, expires_at }) => {
            let seconds = expires_at.millis_since(app.services.live.now()) / 1_000;
            redirect(&return_to, [done, Cookie::Refresh.set(&refresh_token, seconds, secure)])
        }
        Ok(FinishedSignIn::Native { location }) => redirect(&location, [done]),
        Err(failure) => redirect(&failure_page(&failure), [done]),
    }
}

/// The sign-in page with what went wrong.
fn failure_page(failure: &SignInFailure) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("error", failure.code);
    if let Some(ticket) = &failure.ticket {
        query.append_pair("notice", ticket);
    }
    format!("/sign-in?{}", query.finish())
}

/// A 302: what browsers and the OAuth specifications expect here. `None` is a cookie whose value cannot be sent.
fn redirect<const N: usize>(location: &str, cookies: [Option<HeaderValue>; N]) -> Result<Response, ApiError> {
    let location = HeaderValue::from_str(location).map_err(|error| ApiError::internal(&error))?;
    let mut response = (StatusCode::FOUND, [(header::LOCATION, location)]).into_response();
    for cookie in cookies {
        let cookie = cookie.ok_or_else(|| ApiError::new(ProblemCode::Internal))?;
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

fn tokens<'a>(pair: &'a TokenPair, refresh_token: Option<&'a str>) -> Tokens<'a> {
    Tokens {
        access_token: &pair.access_token,
        token_type: TokenType::Bearer,
        expires_in: pair.expires_in,
        refresh_token,
    }
}

/// A native client's one-time code for tokens. A second use voids the sign-in.
#[utoipa::path(post, path = "/auth/token", tag = "sign-in", security(()), request_body = TokenBody,
    responses((status = 200, description = "Tokens", body = Tokens<'static>), (status = 401, description = "The code or verifier is not good")))]
async fn redeem_code(
    State(app): State<AppState>,
    StrictBody(body): StrictBody<TokenBody>,
) -> Result<Answer, ApiError> {
    let pair = app.services.sign_ins.redeem(&body.code, &body.code_verifier).await?;
    Answer::ok(&tokens(&pair, Some(&pair.refresh_token)))
}

/// Fresh tokens. A browser sends its cookie and no token; this is for pages of this site only.
#[utoipa::path(post, path = "/auth/refresh", tag = "sign-in", security(()), request_body = RefreshBody,
    responses(
        (status = 200, description = "Tokens; a browser's refresh token is in its cookie", body = Tokens<'static>),
        (status = 401, description = "The refresh token is not good"),
        (status = 403, description = "The cookie came from another site's page"),
        (status = 429, description = "Too many refreshes of this device"),
    ))]
async fn refresh_tokens(
    State(app): State<AppState>,
    headers: HeaderMap,
    OptionalBody(body): OptionalBody<RefreshBody>,
) -> Result<Response, ApiError> {
    if let Some(token) = body.refresh_token {
        let pair = app.services.sign_ins.refresh(&token).await?;
        return Ok(Answer::ok(&tokens(&pair, Some(&pair.refresh_token)))?.into_response());
    }
    if !cookies::is_same_origin(&headers, &app.origin) {
        return Err(Refusal::Forbidden("only pages of this site use the cookie").into());
    }
    let token = Cookie::Refresh.get(&headers, app.secure).ok_or(Refusal::Unauthenticated)?;
    // A refused refresh leaves the cookie alone: another tab may just have been given a better one.
    let pair = app.services.sign_ins.refresh(&token).await?;
    let seconds = pair.refresh_expires_at.millis_since(app.services.live.now()) / 1_000;
    let cookie = Cookie::Refresh.set(&pair.refresh_token, seconds, app.secure);
    let cookie = cookie.ok_or_else(|| ApiError::new(ProblemCode::Internal))?;
    let mut response = Answer::ok(&tokens(&pair, None))?.into_response();
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Ends the caller's sign-in on this device.
#[utoipa::path(post, path = "/auth/logout", tag = "sign-in", responses((status = 204, description = "Signed out")))]
async fn log_out(
    State(app): State<AppState>,
    SignedLeaving(caller): SignedLeaving,
) -> Result<Response, ApiError> {
    app.services.devices.log_out(&caller).await?;
    app.services.sign_ins.forget_devices(&[caller.device_id]);
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Some(cookie) = Cookie::Refresh.set("", 0, app.secure) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Why a sign-in was refused. Answered once, within ten minutes.
#[utoipa::path(get, path = "/auth/notice/{ticket}", tag = "sign-in", security(()),
    params(("ticket" = String, Path, description = "The `notice` of the sign-in page's address")),
    responses((status = 200, description = "The reason", body = Notice<'static>)))]
async fn get_sign_in_notice(
    State(app): State<AppState>,
    PathIds((ticket,)): PathIds<(String,)>,
) -> Result<Answer, ApiError> {
    Answer::ok(&Notice::from(&app.services.sign_ins.notice(&ticket).await?))
}

/// The public keys of access tokens, as a JWK set (RFC 7517).
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "sign-in", security(()),
    responses((status = 200, description = "The keys", body = serde_json::Value)))]
async fn get_keys(State(app): State<AppState>) -> Response {
    let mut response = Answer::encoded(app.services.sign_ins.jwks()).into_response();
    // Public, and asked for by every service that checks our tokens.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response
}

#[cfg(test)]
mod tests {
    use kith_domain::sign_in::SignInTarget;

    use super::*;

    fn begin(query: &str) -> Result<BeginSignIn, Vec<String>> {
        let pairs = url::form_urlencoded::parse(query.as_bytes()).into_owned();
        let fields = |problem: kith_wire::Problem| -> Vec<String> {
            problem.errors.iter().map(|error| error.field.to_string()).collect()
        };
        let read: BeginQuery = kith_wire::json::read_query(pairs).map_err(fields)?;
        let address = Address([127, 0, 0, 1].into());
        read.into_begin("dev".to_owned(), address).map_err(|refusal| fields(refusal.into()))
    }

    #[test]
    fn how_a_sign_in_begins() {
        let challenge = "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let native = format!("redirect_uri=http://127.0.0.1:7000/cb&{challenge}&code_challenge_method=S256");
        let home = SignInTarget::Browser { return_to: "/".to_owned() };
        assert_eq!(begin("").map(|begin| (begin.target, begin.fresh)), Ok((home, false)));
        assert!(begin("reauth=1").is_ok_and(|begin| begin.fresh));
        assert!(begin(&native).is_ok_and(|begin| matches!(begin.target, SignInTarget::Native { .. })));
        for (query, field) in [
            ("return_to=//evil.example", "return_to"),
            ("return_to=/%5Cevil.example", "return_to"),
            ("return_to=/%0d%0aSet-Cookie:x=1", "return_to"),
            (&format!("{native}&return_to=/"), "return_to"),
            (challenge, "redirect_uri"),
            ("state=x", "redirect_uri"),
            ("redirect_uri=http://localhost:7000/", "redirect_uri"),
            ("reauth=2", "reauth"),
            ("reauth=yes", "reauth"),
            (&format!("device_name={}", "x".repeat(257)), "device_name"),
            (&format!("login_hint={}", "x".repeat(257)), "login_hint"),
            ("is_admin=1", "is_admin"),
            ("return_to=/&return_to=/x", "return_to"),
        ] {
            assert_eq!(
                begin(query).err().and_then(|fields| fields.first().cloned()).as_deref(),
                Some(field),
                "{query}"
            );
        }
    }

    #[test]
    fn failures_end_on_the_sign_in_page() {
        for (code, ticket, page) in [
            ("invalid_state", None, "/sign-in?error=invalid_state"),
            ("account_banned", Some("a-b_c"), "/sign-in?error=account_banned&notice=a-b_c"),
            ("x", Some("a&b=c\r\n"), "/sign-in?error=x&notice=a%26b%3Dc%0D%0A"),
        ] {
            assert_eq!(failure_page(&SignInFailure { code, ticket: ticket.map(str::to_owned) }), page);
        }
    }
}
