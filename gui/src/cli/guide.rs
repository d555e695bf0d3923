//! How to make a key in Braze, for who does it the first time.

use aiq_braze::Language;

pub(super) fn text(language: Language) -> &'static str {
    match language {
        Language::English => ENGLISH,
        Language::Spanish => SPANISH,
    }
}

const ENGLISH: &str = "\
How to make a key in Braze

 1. Open your dashboard, and choose the workspace at the top: a key is of one workspace.
 2. Settings, APIs and Identifiers, the tab API Keys, Create API Key. Older dashboards: Developer Console,
    API Settings. If you do not see it, an administrator of your Braze does.
 3. Give the key a name that says what it is for, such as aiq-braze.
 4. Permissions: users.track (to write) and users.export.ids (to look at users), and no others. ActionIQ's page
    calls the second one user.export.ids; it is the same.
 5. Whitelist IPs: the address from which this machine reaches the internet, if it has a fixed one. An empty
    list lets in all. It cannot be changed later, nor can the permissions: make a new key instead.
 6. Copy the key. It is a secret: who has it can change every user. It belongs in no mail, chat or command.
 7. The instance (cluster) stands in the address of the dashboard: dashboard-01.braze.eu is EU-01. All of
    them: aiq-braze endpoints
 8. Then, here, with a name and an instance of your own:
      aiq-braze workspace add eu-live --endpoint EU-01
      aiq-braze key set eu-live
      aiq-braze doctor eu-live

On a machine without a keychain the key stands in a file that only you can read (chmod 600), which
--key-file names, or in the environment as AIQ_BRAZE_KEY_EU_LIVE or BRAZE_API_KEY.
";

const SPANISH: &str = "\
Cómo crear una clave en Braze

 1. Abra su panel y elija arriba el espacio de trabajo: una clave es de un solo espacio de trabajo.
 2. Settings (Configuración), APIs and Identifiers, la pestaña API Keys, Create API Key. En paneles antiguos:
    Developer Console, API Settings. Si no lo ve, lo ve un administrador de su Braze.
 3. Dé a la clave un nombre que diga para qué es, como aiq-braze.
 4. Permisos: users.track (para escribir) y users.export.ids (para consultar usuarios), y ninguno más. La
    página de ActionIQ llama al segundo user.export.ids; es el mismo.
 5. Whitelist IPs: la dirección con la que esta máquina sale a internet, si es fija. Una lista vacía admite
    todas. No se puede cambiar después, ni tampoco los permisos: cree entonces otra clave.
 6. Copie la clave. Es un secreto: quien la tiene puede cambiar a todos los usuarios. No va en ningún correo,
    chat ni comando.
 7. La instancia (clúster) está en la dirección del panel: dashboard-01.braze.eu es EU-01. Todas:
    aiq-braze endpoints
 8. Después, aquí, con un nombre y una instancia suyos:
      aiq-braze workspace add eu-live --endpoint EU-01
      aiq-braze key set eu-live
      aiq-braze doctor eu-live

En una máquina sin llavero, la clave está en un archivo que solo usted puede leer (chmod 600), nombrado con
--key-file, o en el entorno como AIQ_BRAZE_KEY_EU_LIVE o BRAZE_API_KEY.
";
