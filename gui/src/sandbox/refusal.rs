//! Why an object is refused: the `type` of one item of an answer's `errors`.
//!
//! Three sources, in this order: the codes that Braze's page of `/users/track` lists; sentences
//! that Braze is known to answer; and, where neither exists, sentences of ours in the same style.
//! A client should treat the last two alike, as texts it has never seen. With
//! [`Errors::Sentences`] a sentence takes the place of every code.

use super::settings::Errors;

/// The reason of an item of `errors`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    code: Option<&'static str>,
    sentence: &'static str,
}

impl Refusal {
    /// The `type`.
    pub(super) fn text(self, errors: Errors) -> &'static str {
        match errors {
            Errors::Codes => self.code.unwrap_or(self.sentence),
            Errors::Sentences => self.sentence,
        }
    }

    /// Any of the refusals that another server may come up with.
    pub(super) fn any(dice: u64) -> Self {
        let all = [
            BLACKLISTED_EXTERNAL_USER_ID,
            EMAIL_BAD_FORMAT,
            EXTERNAL_USER_ID_TOO_LARGE,
            NO_IDENTIFIER,
            UNHEARD_OF,
        ];
        all[usize::try_from(dice % all.len() as u64).unwrap_or_default()]
    }
}

macro_rules! refusals {
    ($($name:ident = $code:literal or $sentence:literal;)*) => {
        $(pub(super) const $name: Refusal = Refusal { code: Some($code), sentence: $sentence };)*
    };
    ($($name:ident = $sentence:literal;)*) => {
        $(pub(super) const $name: Refusal = Refusal { code: None, sentence: $sentence };)*
    };
}

// Codes of Braze's page "Create and update users"; their sentences are seen in its answers.
refusals! {
    BLACKLISTED_EXTERNAL_USER_ID = "BLACKLISTED_EXTERNAL_USER_ID"
        or "provided external_id is blacklisted and disallowed";
    EMAIL_BAD_FORMAT = "EMAIL_BAD_FORMAT"
        or "The value provided for the 'email' field is not a valid email.";
    EXTERNAL_USER_ID_TOO_LARGE = "EXTERNAL_USER_ID_TOO_LARGE"
        or "'external_id' must be fewer than 988 bytes";
}

// Codes of the same page, with sentences of ours.
refusals! {
    BAD_DEVICE_ID = "BAD_DEVICE_ID" or "'device_id' is not valid";
    BAD_EMAIL_SUBSCRIPTION_STATE = "BAD_EMAIL_SUBSCRIPTION_STATE"
        or "'email_subscribe' is not valid";
    BAD_LOCATION_UPDATE = "BAD_LOCATION_UPDATE" or "'current_location' is not valid";
    BAD_PUSH_SUBSCRIPTION_STATE = "BAD_PUSH_SUBSCRIPTION_STATE" or "'push_subscribe' is not valid";
    BAD_PUSH_TOKEN_APP_ID = "BAD_PUSH_TOKEN_APP_ID" or "'app_id' is not valid";
    BAD_PUSH_TOKEN_IMPORT = "BAD_PUSH_TOKEN_IMPORT" or "'push_token_import' is not valid";
    BAD_PUSH_TOKEN_STRING = "BAD_PUSH_TOKEN_STRING" or "'token' is not valid";
    BAD_PUSH_TOKEN_VALUE = "BAD_PUSH_TOKEN_VALUE" or "'push_tokens' is not valid";
    BAD_SUBSCRIPTION_GROUP_ARRAY = "BAD_SUBSCRIPTION_GROUP_ARRAY"
        or "'subscription_groups' must be an array";
    BAD_SUBSCRIPTION_GROUP_HASH = "BAD_SUBSCRIPTION_GROUP_HASH"
        or "'subscription_groups' must be an array of objects";
    BAD_SUBSCRIPTION_GROUP_ID = "BAD_SUBSCRIPTION_GROUP_ID"
        or "'subscription_group_id' is not valid";
    BAD_SUBSCRIPTION_GROUP_STATE = "BAD_SUBSCRIPTION_GROUP_STATE"
        or "'subscription_state' is not valid";
    EMAIL_SUBSCRIPTION_INFO = "INVALID_ATTRIBUTE_EMAIL_SUBSCRIPTION_INFO"
        or "'email_subscription_info' is not allowed";
}

// Made up: what a client has never heard of.
refusals! {
    UNHEARD_OF = "SANDBOX_UNHEARD_OF_CODE" or "the sandbox refuses this object, as it was told to";
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
    BAD_NAME = "'name' is not valid";
    NO_TIME = "'time' is required";
    BAD_TIME = "'time' is not valid";
    BAD_PROPERTIES = "'properties' is not valid";
    PROPERTIES_TOO_LARGE = "'properties' is too large";
    NO_PRODUCT_ID = "'product_id' is required";
    BAD_CURRENCY = "'currency' is not valid";
    BAD_PRICE = "'price' is not valid";
}
