//! The closed tables of what headers and values are called.
//!
//! Headers stand in the form that [`fields::plain`](crate::wire::fields::plain) gives: in lower case, without
//! ` _-.`. The first of each list says it exactly, the others are usual words for it, the surest first.

pub(super) const EXTERNAL_ID: &[&str] = &[
    "externalid",
    "customerid",
    "userid",
    "consumerid",
    "externaluserid",
    "brazeexternalid",
    "memberid",
    "contactid",
    "profileid",
    "crmid",
    "customernumber",
    "customerkey",
    "idexterno",
    "idcliente",
    "clienteid",
    "idusuario",
    "usuarioid",
    "idcontacto",
    "idsocio",
    "numerocliente",
    "númerocliente",
    "codigocliente",
    "códigocliente",
];

pub(super) const BRAZE_ID: &[&str] = &["brazeid", "brazeuserid", "brazeprofileid", "appboyid"];

pub(super) const ALIAS_NAME: &[&str] = &["useraliasname", "aliasname", "useralias"];

pub(super) const ALIAS_LABEL: &[&str] = &["useraliaslabel", "aliaslabel"];

pub(super) const EMAIL: &[&str] = &[
    "email",
    "emailaddress",
    "mail",
    "mailaddress",
    "correoelectronico",
    "correoelectrónico",
    "correo",
    "direcciondecorreo",
    "direccióndecorreo",
];

pub(super) const PHONE: &[&str] = &[
    "phone",
    "phonenumber",
    "mobile",
    "mobilephone",
    "mobilenumber",
    "cellphone",
    "telephone",
    "msisdn",
    "telefono",
    "teléfono",
    "telefonomovil",
    "teléfonomóvil",
    "movil",
    "móvil",
    "celular",
];

pub(super) const AUDIENCE_ID: &[&str] = &[
    "audienceid",
    "aiqaudienceid",
    "actioniqaudienceid",
    "segmentid",
    "idaudiencia",
    "audienciaid",
    "iddeaudiencia",
    "idsegmento",
];

pub(super) const SPLIT_ID: &[&str] = &[
    "splitid",
    "aiqsplitid",
    "actioniqsplitid",
    "split",
    "variantid",
    "idsplit",
    "idvariante",
];

pub(super) const STATUS: &[&str] = &[
    "status",
    "audiencestatus",
    "membershipstatus",
    "action",
    "changetype",
    "membership",
    "operation",
    "estado",
    "accion",
    "acción",
    "operacion",
    "operación",
];

pub(super) const EVENT_NAME: &[&str] = &[
    "eventname",
    "event",
    "eventtype",
    "nombredelevento",
    "nombreevento",
    "evento",
];

/// Braze's own word for an event's name, which is anybody's name elsewhere.
pub(super) const NAME: &str = "name";

/// Braze's own words for an event's time.
pub(super) const TIME: &str = "time";

pub(super) const EVENT_TIME: &[&str] = &[
    TIME,
    "eventtime",
    "eventtimestamp",
    "eventdatetime",
    "eventdate",
    "timestamp",
    "occurredat",
    "happenedat",
    "datetime",
    "createdat",
    "fechadelevento",
    "fechaevento",
    "horaevento",
    "fechahora",
    "fecha",
];

pub(super) const APP_ID: &[&str] = &["appid", "brazeappid", "appidentifier"];

/// Words of those who are in, and of those who left, by language: where a file has one side only, the other
/// side is written in the words of the same group.
pub(super) const MEMBERSHIP: &[(&[&str], &[&str])] = &[
    (
        &["entered", "member", "added", "joined", "active"],
        &["exited", "left", "removed", "deleted", "inactive"],
    ),
    (
        &["enter", "add", "join", "in"],
        &["exit", "remove", "leave", "out", "delete"],
    ),
    (
        &["alta", "entrada", "activo", "activa", "miembro", "dentro"],
        &[
            "baja",
            "salida",
            "inactivo",
            "inactiva",
            "eliminado",
            "fuera",
        ],
    ),
];
