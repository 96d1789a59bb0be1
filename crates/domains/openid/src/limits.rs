//! Every limit of the provider in one place.

use std::time::Duration;

use jiff::SignedDuration;
use webkit::RateLimit;

// Lives of what is handed out.
/// A pushed request (FAPI 2.0: less than 600 s).
pub const PUSHED_LIFE: SignedDuration = SignedDuration::from_secs(90);
/// From the request to the answer: a person reads, signs in, decides.
pub const INTERACTION_LIFE: SignedDuration = SignedDuration::from_mins(10);
/// An authorization code (FAPI 2.0: at most 60 s).
pub const CODE_LIFE: SignedDuration = SignedDuration::from_secs(60);
pub const ACCESS_LIFE: SignedDuration = SignedDuration::from_mins(5);
pub const ID_TOKEN_LIFE: SignedDuration = SignedDuration::from_mins(5);
/// A signed answer in the front channel (JARM: at most 10 minutes).
pub const RESPONSE_LIFE: SignedDuration = SignedDuration::from_mins(2);
/// A grant without `offline_access` ends with its session, and at the latest then.
pub const GRANT_LIFE: SignedDuration = SignedDuration::from_hours(24);
pub const GRANT_OFFLINE_LIFE: SignedDuration = SignedDuration::from_hours(90 * 24);
/// A consent is remembered so long.
pub const CONSENT_LIFE: SignedDuration = SignedDuration::from_hours(180 * 24);
/// History of access is kept for five years and visible to the holder (NĐ 69/2024 Art. 17, 28).
pub const RELEASE_KEPT: SignedDuration = SignedDuration::from_hours(5 * 366 * 24);
pub const SECRET_LIFE: SignedDuration = SignedDuration::from_hours(365 * 24);
/// The answer to a refresh may have been lost on its way: so long the token before counts once more. The conformance suite
/// tries half a minute later.
pub const REFRESH_GRACE: SignedDuration = SignedDuration::from_secs(60);
/// Claims that were released for an access token are handed out again for so long under the same entry in the log.
pub const RELEASED_AGAIN: SignedDuration = SignedDuration::from_secs(60);

// What clients send.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// A request that is sent on into the address of `/authorize`.
pub const AUTHORIZE_QUERY_BYTES_MAX: usize = 8 * 1024;
pub const PARAMS_MAX: usize = 64;
pub const VALUE_BYTES_MAX: usize = 32 * 1024;
/// `state` and `nonce` are the client's own; they come back, so they are bounded.
pub const STATE_BYTES_MAX: usize = 1_024;
pub const SCOPES_MAX: usize = 32;
pub const PLACES_MAX: usize = 16;
pub const URI_BYTES_MAX: usize = 2_048;
/// A client assertion may be valid for at most so long (its `jti` is remembered until then).
pub const ASSERTION_LIFE_MAX: SignedDuration = SignedDuration::from_mins(5);
/// A request object (FAPI 2.0 Message Signing: at most 60 minutes; ours are pushed at once).
pub const REQUEST_OBJECT_LIFE_MAX: SignedDuration = SignedDuration::from_mins(60);
/// A nonce is current for one slot, and good for one more.
pub const NONCE_SLOT_SECONDS: i64 = 60;
pub const CERTIFICATE_BYTES_MAX: usize = 16 * 1024;

// Clients.
pub const REDIRECT_URIS_MAX: usize = 20;
pub const CLIENT_KEYS_MAX: usize = 10;
pub const CLIENT_SECRETS_MAX: usize = 2;
pub const LEGAL_BASIS_CHARS_MAX: usize = 250;
/// How old a login may be where a claim demands a recent one: long enough to come back from signing in and be told, and no
/// longer than a session lasts.
pub const LOGIN_AGE_S_MIN: u32 = 60;
pub const LOGIN_AGE_S_MAX: u32 = 24 * 3600;
/// The answer of a `jwks_uri`.
pub const KEYS_BYTES_MAX: usize = jose::jwk::SET_BYTES_MAX;
/// Keys that were fetched need not be fetched again for so long: where their owner does not say, and at least and at most.
pub const KEYS_LIFE: SignedDuration = SignedDuration::from_mins(15);
pub const KEYS_LIFE_MIN: SignedDuration = SignedDuration::from_mins(5);
pub const KEYS_LIFE_MAX: SignedDuration = SignedDuration::from_mins(60);
/// Between two tries at one address, whatever comes in between.
pub const KEYS_PAUSE: SignedDuration = SignedDuration::from_secs(60);
/// The last good keys count for so long while their address does not answer.
pub const KEYS_KEPT: SignedDuration = SignedDuration::from_hours(24);
/// A compatibility client is allowed for at most so long at a time.
pub const BASIC_LIFE_MAX: SignedDuration = SignedDuration::from_hours(366 * 24);

// What is kept for a while.
pub const FAULTS_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
pub const FAULTS_SHOWN_MAX: i64 = 200;
pub const USAGE_KEPT_DAYS: i64 = 400;
pub const RECEIPTS_SHOWN_MAX: u32 = 100;

// Memory.
/// Verified access tokens that are remembered, about 500 bytes each.
pub const VERIFIED_MAX: usize = 20_000;
/// Answers of userinfo that are remembered.
pub const RELEASED_MAX: usize = 10_000;
/// Requests that wait for one batch of [`crate::seen`].
pub const SEEN_BATCH_MAX: usize = 2_000;
pub const SEEN_QUEUE_MAX: usize = 20_000;
/// So long a batch gathers before it is sent.
pub const SEEN_GATHER: Duration = Duration::from_millis(1);

// Keys of our own.
/// Clients cache the set of keys for so long; a key is published as `next` at least so long before it signs.
pub const JWKS_MAX_AGE: SignedDuration = SignedDuration::from_mins(5);
/// After it signed last, a key is published until everything that it signed has expired.
pub const KEY_RETIRES_IN: SignedDuration = SignedDuration::from_mins(30);
/// Retired keys are listed for so long.
pub const KEY_LISTED: SignedDuration = SignedDuration::from_hours(400 * 24);

// Following other processes.
pub const POLL: Duration = Duration::from_secs(1);
/// Rows are read again for so long after their time, because a slow transaction commits late.
pub const OVERLAP: SignedDuration = SignedDuration::from_secs(60);
/// A process that could not look for so long does not vouch for tokens any more. What it could not see had been written down
/// within a second or so: together less than the five seconds after which a lock is in force everywhere.
pub const STALE_AFTER: Duration = Duration::from_millis(3_500);
/// How often counts and mistakes of clients are written down.
pub const COUNTS_EVERY: Duration = Duration::from_secs(10);
/// Distinct mistakes held in memory until then.
pub const COUNTS_MAX: usize = 10_000;
/// How often the sweep runs.
pub const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// Beginnings of authorizations from one address. Whole offices share one.
pub const AUTHORIZATIONS: RateLimit = RateLimit { requests: 300, per: Duration::from_secs(60) };
/// Failed authentications of clients from one address, before it must wait.
pub const CLIENT_FAILURES: RateLimit = RateLimit { requests: 60, per: Duration::from_secs(60) };

// Messages to relying parties.
/// Until a receiver must have answered.
pub const DELIVERY_TIMEOUT: Duration = Duration::from_secs(5);
/// Of what a receiver answers, no more is read.
pub const ANSWER_BYTES_MAX: usize = 16 * 1024;
pub const DELIVERIES_AT_ONCE: usize = 16;
pub const DELIVERIES_PER_CLIENT: i64 = 4;
pub const DELIVERY_BATCH: i64 = 64;
/// A process that sends holds a message for at most so long; longer than any batch takes.
pub const DELIVERY_LEASE: SignedDuration = SignedDuration::from_secs(60);
pub const DELIVERY_TRIES_MAX: i32 = 10;
pub const DELIVERY_RETRY_SECONDS_MAX: i64 = 900;
/// A logout token (Back-Channel Logout section 2.4: at most two minutes is advised).
pub const LOGOUT_TOKEN_LIFE: SignedDuration = SignedDuration::from_secs(120);
/// So long a logout is worth telling.
pub const LOGOUT_TOLD_FOR: SignedDuration = SignedDuration::from_hours(1);
/// A relying party hears of an account for so long after it last signed in there.
pub const VISIT_KEPT: SignedDuration = SignedDuration::from_hours(180 * 24);

// Whether somebody is right about a person.
/// Questions of one relying party about one person within a day: enough for a mistake in typing, too few for guessing.
pub const MATCHES_A_DAY: i32 = 5;
pub const MATCH_BYTES_MAX: usize = 512;

// Shared signals.
/// Security events wait for their receiver so long, and so many of them.
pub const SIGNAL_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
pub const SIGNALS_MAX: i64 = 10_000;
pub const SIGNALS_POLLED_MAX: i64 = 100;
/// A receiver that fetches waits so long for something to happen (RFC 8936 section 2.4), shorter than any request may take.
pub const SIGNALS_WAIT: Duration = Duration::from_secs(20);
/// How often somebody looks for it meanwhile.
pub const SIGNALS_LOOK_EVERY: Duration = Duration::from_secs(1);
/// Receivers that wait at a time, in one process; the next are answered at once.
pub const SIGNALS_WAITING_MAX: usize = 256;
pub const STREAM_TEXT_BYTES_MAX: usize = 1_024;
pub const VERIFICATION_INTERVAL: SignedDuration = SignedDuration::from_secs(30);

// Persons who answer elsewhere: devices, call centres, counters.
pub const DEVICE_LIFE: SignedDuration = SignedDuration::from_mins(10);
pub const CIBA_LIFE: SignedDuration = SignedDuration::from_mins(5);
/// What a client may ask for instead.
/// Each question is a notice to a person: none is so short that many follow each other.
pub const CIBA_LIFE_MIN: SignedDuration = SignedDuration::from_secs(30);
pub const CIBA_LIFE_MAX: SignedDuration = SignedDuration::from_mins(10);
/// Open questions to one person at a time: nobody is flooded until they say yes.
pub const CIBA_OPEN_MAX: i64 = 3;
/// A program asks again after so many seconds, and after so many more when it came too early.
pub const POLL_SECONDS: i32 = 5;
pub const POLL_SLOWER_SECONDS: i32 = 5;
pub const BINDING_MESSAGE_CHARS_MAX: usize = 60;
pub const NOTIFICATION_TOKEN_BYTES_MAX: usize = 1_024;
/// User codes that one account or address may try.
pub const USER_CODES: RateLimit = RateLimit { requests: 10, per: Duration::from_secs(300) };

// Registration by programs.
pub const INITIAL_TOKEN_LIFE_MAX: SignedDuration = SignedDuration::from_hours(90 * 24);
pub const INITIAL_TOKEN_USES_MAX: i32 = 100;
