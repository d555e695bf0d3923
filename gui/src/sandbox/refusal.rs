//! Why an object is refused: the `type` of one item of an answer's `errors`.
//!
//! Three sources, in this order: the codes that Braze's page of `/users/track` lists; sentences
//! that Braze is known to answer; and, where neither exists, sentences of ours in the same style.
//! A client should treat the last two alike, as texts it has never seen.

/// The `type` of an item of `errors`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal(pub(super) &'static str);

macro_rules! refusals {
    ($($name:ident = $text:literal;)*) => {
        $(pub(super) const $name: Refusal = Refusal($text);)*
    };
}

// Braze's page "Create and update users", responses.
refusals! {
    BAD_DEVICE_ID = "BAD_DEVICE_ID";
    BAD_EMAIL_SUBSCRIPTION_STATE = "BAD_EMAIL_SUBSCRIPTION_STATE";
    BAD_LOCATION_UPDATE = "BAD_LOCATION_UPDATE";
    BAD_PUSH_SUBSCRIPTION_STATE = "BAD_PUSH_SUBSCRIPTION_STATE";
    BAD_PUSH_TOKEN_APP_ID = "BAD_PUSH_TOKEN_APP_ID";
    BAD_PUSH_TOKEN_IMPORT = "BAD_PUSH_TOKEN_IMPORT";
    BAD_PUSH_TOKEN_STRING = "BAD_PUSH_TOKEN_STRING";
    BAD_PUSH_TOKEN_VALUE = "BAD_PUSH_TOKEN_VALUE";
    BAD_SUBSCRIPTION_GROUP_ARRAY = "BAD_SUBSCRIPTION_GROUP_ARRAY";
    BAD_SUBSCRIPTION_GROUP_HASH = "BAD_SUBSCRIPTION_GROUP_HASH";
    BAD_SUBSCRIPTION_GROUP_ID = "BAD_SUBSCRIPTION_GROUP_ID";
    BAD_SUBSCRIPTION_GROUP_STATE = "BAD_SUBSCRIPTION_GROUP_STATE";
    EMAIL_BAD_FORMAT = "EMAIL_BAD_FORMAT";
    EXTERNAL_USER_ID_TOO_LARGE = "EXTERNAL_USER_ID_TOO_LARGE";
    EMAIL_SUBSCRIPTION_INFO = "INVALID_ATTRIBUTE_EMAIL_SUBSCRIPTION_INFO";
}

// Seen in Braze's answers, on none of its pages.
refusals! {
    NO_IDENTIFIER = "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required";
    BAD_QUANTITY = "'quantity' is not valid";
}

// Our words: the rule is documented, its text is not.
refusals! {
    TWO_IDENTIFIERS = "only one of 'external_id', 'braze_id' or 'user_alias' may be provided";
    BAD_EXTERNAL_ID = "'external_id' is not valid";
    BAD_BRAZE_ID = "'braze_id' is not valid";
    BAD_ALIAS = "'user_alias' is not valid";
    BAD_PHONE = "'phone' is not valid";
    BAD_UPDATE_FLAG = "'_update_existing_only' is not valid";
    NO_NAME = "'name' is required";
    NO_TIME = "'time' is required";
    BAD_TIME = "'time' is not valid";
    BAD_PROPERTIES = "'properties' is not valid";
    PROPERTIES_TOO_LARGE = "'properties' is too large";
    NO_PRODUCT_ID = "'product_id' is required";
    BAD_CURRENCY = "'currency' is not valid";
    BAD_PRICE = "'price' is not valid";
}
