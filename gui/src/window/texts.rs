//! Every word of the window that does not come from the core and holds no figure, in English and
//! Spanish side by side: the same words as the page's. Sentences with figures are in
//! [`words`](super::words).

use aiq_braze::Language;

macro_rules! texts {
    ($($name:ident: $en:literal, $es:literal;)+) => {
        /// The words of one language.
        #[derive(Debug)]
        pub(super) struct Texts { $(pub(super) $name: &'static str,)+ }

        const ENGLISH: Texts = Texts { $($name: $en,)+ };
        const SPANISH: Texts = Texts { $($name: $es,)+ };

        /// All pairs, for the test that walks them.
        #[cfg(all(test, feature = "window-tests"))]
        pub(super) const PAIRS: &[(&str, &str, &str)] = &[$((stringify!($name), $en, $es),)+];
    };
}

impl Texts {
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::Spanish => &SPANISH,
        }
    }
}

texts! {
    step_export: "Export", "Exportación";
    step_mapping: "Mapping", "Mapeo";
    step_check: "Check", "Revisión";
    step_push: "Push", "Envío";
    title: "Bring an ActionIQ export to Braze", "Lleve una exportación de ActionIQ a Braze";
    lead: "See every problem in every row before anything is sent, and know afterwards what became of each one",
        "Vea cada problema de cada fila antes de enviar nada y sepa después qué fue de cada una";
    drop: "Drop an export anywhere in this window", "Suelte una exportación en cualquier lugar de esta ventana";
    drop_again: "Drop another export anywhere, or", "Suelte otra exportación en cualquier lugar, o";
    drop_hint: "CSV or other delimited text, of any size", "CSV u otro texto delimitado, de cualquier tamaño";
    drop_now: "Drop to open", "Suelte para abrir";
    drop_busy: "A push is running", "Hay un envío en curso";
    path: "Path of an export", "Ruta de una exportación";
    path_hint: "or type its path", "o escriba su ruta";
    open_typed: "Load", "Cargar";
    privacy: "Checking stays on this machine. Only a push sends, and only to where you say.",
        "La revisión no sale de este equipo. Solo un envío transmite, y solo a donde usted diga.";
    tour_export: "Format, headers and first rows, found out by themselves", "Formato, cabeceras y primeras filas, detectados automáticamente";
    tour_mapping: "What each column becomes, suggested with a reason, yours to change", "En qué se convierte cada columna: una sugerencia con su razón, que usted puede cambiar";
    tour_check: "Every row against Braze’s rules: what is wrong, where, and what to do", "Cada fila según las reglas de Braze: qué falla, dónde y qué hacer";
    tour_push: "To a sandbox or to Braze, with an account of every row", "A un entorno de prueba o a Braze, con la cuenta de cada fila";
    opening: "Opening…", "Abriendo…";
    menu: "Menu", "Menú";
    empty_cell: "empty", "vacía";
    no_rows: "There are no rows behind the header", "No hay filas después de la cabecera";

    identifier: "Identifier", "Identificador";
    identifier_hint: "The column that says whose profile a row is about", "La columna que dice de qué perfil trata una fila";
    identifier_as: "which in Braze is the", "que en Braze es el";
    choose_column: "Choose a column…", "Elija una columna…";
    identifier_else: "otherwise, where that is empty", "si está vacía";
    alias_label: "under the label", "con la etiqueta";
    remove: "Remove", "Quitar";
    needs_identifier: "Choose the identifier column: nothing can be checked without it", "Elija la columna del identificador: sin ella no se puede revisar nada";
    audience: "Audience ID", "ID de audiencia";
    split: "Split ID", "ID de división";
    rows: "A row says", "Una fila dice";
    rows_audience: "who is in an audience", "quién está en una audiencia";
    rows_attributes: "attributes of a user", "atributos de un usuario";
    rows_events: "what a user did: an event", "qué hizo un usuario: un evento";
    no_audience_hint: "Rows carry attributes only; choose the audience if they say who is in one", "Las filas solo llevan atributos; elija la audiencia si dicen quién está en una";
    event_name: "Event name", "Nombre del evento";
    event_time: "Time of the event", "Hora del evento";
    app_id: "App ID", "ID de la app";
    needs_event: "An event needs a name and the column of its time", "Un evento necesita un nombre y la columna de su hora";
    events_hint: "All other columns are properties of the event", "Las demás columnas son propiedades del evento";
    zone: "Time zone", "Zona horaria";
    zones: "Zones", "Zonas";
    format: "Format", "Formato";
    format_hint: "usual forms", "formas habituales";
    time_hint: "A format such as dd/MM/yyyy HH:mm where it is none of the usual forms; the zone is that of times that name none",
        "Un formato como dd/MM/yyyy HH:mm si no es una de las formas habituales; la zona es la de las horas que no indican ninguna";
    separator: "Separator", "Separador";
    needs_both: "An audience attribute needs both the audience ID and the split ID", "Un atributo de audiencia necesita el ID de audiencia y el ID de división";
    fixed_value: "The same for all rows…", "El mismo para todas las filas…";
    unknown_users: "Users unknown to Braze", "Usuarios desconocidos";
    unknown_unset: "Not said: Braze creates them", "Sin indicar: Braze los crea";
    unknown_create: "Create a profile", "Crear un perfil";
    unknown_skip: "Leave them out", "Omitirlos";
    unknown_hint: "What a wrong identifier column would turn into new profiles", "Lo que una columna de identificador equivocada convertiría en perfiles nuevos";
    more: "More settings", "Más ajustes";
    where_rows: "Only rows where", "Solo filas donde";
    where_all: "All rows", "Todas las filas";
    where_is: "is", "es";
    where_words: "One of these words", "Una de estas palabras";
    where_hint: "A word a line, letter for letter; an empty line stands for empty cells. All other rows are left out",
        "Una palabra por línea, letra por letra; una línea vacía representa celdas vacías. Las demás filas se omiten";
    where_nothing: "Write the words, one a line",
        "Escriba las palabras, una por línea";
    app_id_hint: "The app in which the events were, by its identifier in Braze", "La app de los eventos, por su identificador en Braze";
    nested_names: "Names with dots", "Nombres con puntos";
    nested_off: "Sent as they are", "Se envían tal cual";
    nested_replace: "Objects that replace", "Objetos que reemplazan";
    nested_merge: "Objects that are merged", "Objetos que se combinan";
    nested_hint: "address.city becomes city inside address, in place of the address in the profile or merged with it",
        "address.city se convierte en city dentro de address, que reemplaza al del perfil o se combina con él";
    file_name: "Names of the files", "Nombres de los archivos";
    file_name_hint: "A template such as aiq_{audience_id}_{}.csv: {name} stands for one or more characters, {} for any. Its parts can then be chosen above",
        "Una plantilla como aiq_{audience_id}_{}.csv: {nombre} representa uno o más caracteres, {} cualesquiera. Sus partes se pueden elegir arriba";
    column: "Column", "Columna";
    becomes: "In Braze", "En Braze";
    send_as: "Send as", "Enviar como";
    why: "Why", "Por qué";
    first_value: "First value", "Primer valor";
    part_status: "Membership", "Pertenencia";
    not_sent: "Not sent", "No se envía";
    type_text: "Text", "Texto";
    type_number: "Number", "Número";
    type_integer: "Whole number", "Número entero";
    type_date: "Date", "Fecha";
    type_time: "Date and time", "Fecha y hora";
    type_list: "List of texts", "Lista de textos";
    type_json: "JSON as it is", "JSON tal cual";
    type_boolean: "True or false", "Verdadero o falso";
    type_skip: "Leave out", "Omitir";
    certain: "certain", "seguro";
    likely: "likely", "probable";
    because_header: "the header says so", "lo dice la cabecera";
    because_usual: "a usual header for it", "una cabecera habitual para ello";
    because_values: "the first rows look like it", "las primeras filas lo parecen";
    because_file_name: "the file's name says it", "lo dice el nombre del archivo";
    because_chosen: "set in the mapping", "definido en el mapeo";
    because_default: "sent as text unless told otherwise", "se envía como texto si no se indica otra cosa";
    because_ours: "a column of a rejects file", "una columna de un archivo de rechazos";
    mapping_from_export: "Suggested from the headers and first rows", "Sugerido según las cabeceras y las primeras filas";

    blocked: "The mapping cannot be used yet", "El mapeo todavía no se puede usar";
    cancelled: "Stopped before the end", "Detenido antes del final";
    all_good: "No problems found", "No se encontró ningún problema";
    problems: "Problems", "Problemas";
    audiences: "Audience attributes", "Atributos de audiencia";
    attribute: "Attribute", "Atributo";
    events: "Events", "Eventos";
    event: "Event", "Evento";
    n_events: "Count", "Cantidad";
    members: "Members", "Miembros";
    leavers: "Leavers", "Salidas";
    severity_error: "Rejected", "Rechazo";
    severity_warning: "Warning", "Aviso";
    severity_stops: "Stops", "Impide seguir";
    in_header: "in the header", "en la cabecera";
    in_mapping: "in the mapping", "en el mapeo";
    to_do: "What to do", "Qué hacer";
    why_matters: "Why it matters", "Por qué importa";
    remedy_skip: "Keep the rows and leave such cells out", "Conservar las filas y omitir esas celdas";
    remedy_text: "Send the column as text", "Enviar la columna como texto";
    saving_rejects: "Saving the rejected rows…", "Guardando las filas rechazadas…";

    push_to: "Push to", "Enviar a";
    sandbox: "Sandbox", "Entorno de prueba";
    real: "Braze", "Braze";
    sandbox_hint: "A Braze of our own inside this program: it takes everything as Braze would, and forgets it when the window closes",
        "Un Braze propio dentro de este programa: lo recibe todo como lo haría Braze y lo olvida al cerrar la ventana";
    endpoint: "Endpoint", "Destino";
    endpoint_hint: "An instance such as US-01, the address of your dashboard, or a REST URL", "Una instancia como US-01, la dirección de su panel o una URL REST";
    key: "API key", "Clave de API";
    key_hint: "Paste it here: it is kept in memory only, and never shown", "Péguela aquí: se guarda solo en memoria y nunca se muestra";
    key_where: "In Braze: Settings → API Keys, with the permission users.track (in older dashboards: Developer Console)",
        "En Braze: Settings → API Keys, con el permiso users.track (en paneles antiguos: Developer Console)";
    key_typed: "A key was typed in", "Se escribió una clave";
    key_environment: "The key from BRAZE_API_KEY in the environment", "La clave de BRAZE_API_KEY en el entorno";
    key_forget: "Use another key", "Usar otra clave";
    needs_check: "A push starts from a finished check", "Un envío parte de una revisión terminada";
    nothing_to_push: "There is no row to send", "No hay ninguna fila que enviar";
    needs_place: "Say where to push, and give the key for it", "Indique a dónde enviar y la clave correspondiente";
    starting: "Starting…", "Iniciando…";
    stopping: "Stopping, once the request on its way is answered", "Deteniendo, en cuanto se responda la solicitud en camino";
    account: "What became of the rows", "Qué fue de las filas";
    accepted: "accepted by Braze", "aceptadas por Braze";
    accepted_sandbox: "accepted by the sandbox", "aceptadas por el entorno de prueba";
    unchanged: "unchanged, not sent", "sin cambios, no enviadas";
    nothing_to_send: "nothing to send", "nada que enviar";
    rejected: "rejected by the check", "rechazadas en la revisión";
    refused: "refused by Braze", "no admitidas por Braze";
    refused_sandbox: "refused by the sandbox", "no admitidas por el entorno de prueba";
    unknown: "unknown", "desconocidas";
    pending: "not sent yet", "aún sin enviar";
    all_rows: "all rows", "todas las filas";
    refused_title: "Refused by Braze", "No admitidas por Braze";
    unknown_title: "Unknown: sent, and no answer says what became of them", "Desconocidas: enviadas, y ninguna respuesta dice qué fue de ellas";
    next_step: "Next, in Braze", "Después, en Braze";
    next_words: "Segments → Create segment → Custom Attributes, with the attribute’s exact name. “is true” finds the members. Then choose the segment in a campaign or Canvas.",
        "Segments → Create segment → Custom Attributes, con el nombre exacto del atributo. «is true» encuentra a los miembros. Luego elija el segmento en una campaña o un Canvas.";
    queued: "Accepted means queued: the profiles follow within minutes", "Aceptada significa en cola: los perfiles se actualizan en minutos";
    go_on: "Continue", "Continuar";
    go_on_tip: "Send the rows that were not sent yet, and nothing else", "Enviar las filas que aún no se enviaron, y nada más";
    resume_from_shell: "From a shell, also another day:", "Desde una terminal, también otro día:";
    decide: "The unknown rows wait for you: look a few of them up in Braze, then decide in a shell whether they are sent again (Braze may then have them twice) or left", "Las filas desconocidas esperan su decisión: busque algunas en Braze y decida en una terminal si se envían otra vez (Braze puede tenerlas entonces dos veces) o se dejan";
    next_event_words: "Segments → Create segment → Custom Event, with the event’s exact name; or an action-based campaign or Canvas that it starts.",
        "Segments → Create segment → Custom Event, con el nombre exacto del evento; o una campaña o un Canvas basado en acciones que el evento inicia.";
    queued_events: "Accepted means queued: the events follow within minutes", "Aceptado significa en cola: los eventos aparecen en minutos";
    old_push: "This push was made before the mapping changed", "Este envío se hizo antes de que cambiara el mapeo";
    not_balanced: "These are not the rows of the export: a mistake in aiq-braze. Please report it", "Estas no son las filas de la exportación: un error de aiq-braze. Comuníquelo";

    confirm_title: "Push to Braze?", "¿Enviar a Braze?";
    confirm_doubts: "Only likely, so look once more", "Solo probable: mírelo una vez más";
    confirm_events: "Braze keeps an event that it gets twice as two: push an export of events once", "Braze guarda como dos un evento que recibe dos veces: envíe una exportación de eventos una sola vez";
    confirm_later: "This cannot be taken back by aiq-braze", "aiq-braze no puede deshacerlo";
    no: "Not now", "Ahora no";
    close_title: "Stop the push and close?", "¿Detener el envío y cerrar?";
    close_words: "The request on its way is answered first. Rows that were not sent stay as they are in Braze.",
        "Antes se responde la solicitud en camino. Las filas no enviadas quedan como están en Braze.";
    close_yes: "Stop and close", "Detener y cerrar";
    close_no: "Keep pushing", "Seguir enviando";

    failed: "This did not work", "No funcionó";
    dismiss: "Dismiss", "Descartar";
    mapping_without_export: "A mapping needs an export: load one first", "Un mapeo necesita una exportación: cargue una primero";
    busy: "A push is running: wait for its end, or cancel it", "Hay un envío en curso: espere a que termine o cancélelo";
    mapping_copied: "The mapping was copied", "Se copió el mapeo";
    private_file: "personal data; only you may read it", "datos personales; solo usted puede leerlo";

    open: "Open…", "Abrir…";
    open_tip: "Choose the files of an export", "Elegir los archivos de una exportación";
    type_path: "Type a path", "Escribir una ruta";
    type_path_tip: "Go to the box for the path of an export", "Ir al cuadro para la ruta de una exportación";
    load_mapping: "Load mapping…", "Cargar mapeo…";
    load_mapping_tip: "Use a mapping that was saved as JSON", "Usar un mapeo guardado como JSON";
    save_mapping: "Save mapping…", "Guardar mapeo…";
    save_mapping_tip: "Keep the mapping for the next export, the page and the shell", "Guardar el mapeo para la próxima exportación, la página y la consola";
    copy_mapping: "Copy mapping", "Copiar mapeo";
    copy_mapping_tip: "Copy the mapping as JSON", "Copiar el mapeo como JSON";
    check_again: "Check again", "Revisar de nuevo";
    check_again_tip: "Read and check every row once more", "Leer y revisar cada fila otra vez";
    save_rejects: "Save rejects…", "Guardar rechazos…";
    save_rejects_tip: "Write the rejected rows with their reasons to a file, to correct and load again", "Escribir las filas rechazadas con su razón en un archivo, para corregirlas y cargarlas de nuevo";
    push: "Push", "Enviar";
    push_tip: "Send the rows that are good", "Enviar las filas correctas";
    cancel: "Cancel", "Cancelar";
    cancel_tip: "Stop what is running", "Detener lo que está en curso";
    show_sandbox: "Open the sandbox’s page", "Abrir la página del entorno de prueba";
    show_sandbox_tip: "See the profiles that the sandbox holds, in a browser", "Ver en un navegador los perfiles del entorno de prueba";
    key_file: "Key file…", "Archivo de clave…";
    key_file_tip: "Read the API key from a file that only you may read", "Leer la clave de API de un archivo que solo usted puede leer";
    go_to_tip: "Go to this step", "Ir a este paso";
    switch_language: "Español", "English";
    switch_language_tip: "Change the language to Spanish", "Cambiar el idioma a inglés";
    switch_theme: "Light or dark", "Claro u oscuro";
    switch_theme_tip: "Change between light and dark", "Cambiar entre claro y oscuro";
    follow_theme: "Light or dark as the system", "Claro u oscuro como el sistema";
    follow_theme_tip: "Follow the system’s setting", "Seguir el ajuste del sistema";
    zoom_in: "Larger text", "Texto más grande";
    zoom_out: "Smaller text", "Texto más pequeño";
    actual_size: "Usual size", "Tamaño habitual";
    zoom_tip: "Change the size of everything", "Cambiar el tamaño de todo";
    close: "Close", "Cerrar";
    close_tip: "Close the window", "Cerrar la ventana";
}
