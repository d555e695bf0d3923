//! How it looks: colours of the page's two themes, sizes, and the spacing between things.

use eframe::egui::style::{ScrollStyle, WidgetVisuals};
use eframe::egui::{
    Color32, Context, CornerRadius, FontFamily, FontId, Margin, Stroke, Style, TextStyle, Theme,
    Ui, Visuals, vec2,
};

/// The colours of a theme.
#[derive(Clone, Copy, Debug)]
pub(super) struct Palette {
    pub(super) paper: Color32,
    pub(super) card: Color32,
    pub(super) ink: Color32,
    pub(super) soft: Color32,
    pub(super) line: Color32,
    pub(super) strong_line: Color32,
    pub(super) accent: Color32,
    pub(super) accent_ink: Color32,
    pub(super) tint: Color32,
    pub(super) good: Color32,
    pub(super) bad: Color32,
    pub(super) bad_tint: Color32,
    pub(super) warn: Color32,
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8) // OK because each is one byte of it
}

const LIGHT: Palette = Palette {
    paper: rgb(0xfa_f9_f7),
    card: rgb(0xff_ff_ff),
    ink: rgb(0x1d_1b_22),
    soft: rgb(0x62_5d_6b),
    line: rgb(0xe4_e0_e9),
    strong_line: rgb(0xc3_bd_cc),
    accent: rgb(0x5b_3f_d6),
    accent_ink: rgb(0xff_ff_ff),
    tint: rgb(0xf0_ed_fc),
    good: rgb(0x0b_70_47),
    bad: rgb(0xa8_2a_20),
    bad_tint: rgb(0xfd_ee_ec),
    warn: rgb(0x8a_58_00),
};

const DARK: Palette = Palette {
    paper: rgb(0x15_14_1a),
    card: rgb(0x1e_1c_25),
    ink: rgb(0xec_e9_f2),
    soft: rgb(0xaa_a4_b8),
    line: rgb(0x35_32_3f),
    strong_line: rgb(0x5a_55_68),
    accent: rgb(0xa9_96_ff),
    accent_ink: rgb(0x17_14_2a),
    tint: rgb(0x2a_25_42),
    good: rgb(0x5f_d3_9c),
    bad: rgb(0xff_9a_8e),
    bad_tint: rgb(0x3a_20_22),
    warn: rgb(0xf0_bf_62),
};

impl Palette {
    /// The colours that are in use here.
    pub(super) fn of(ui: &Ui) -> Self {
        Self::of_theme(ui.ctx().theme())
    }

    fn of_theme(theme: Theme) -> Self {
        match theme {
            Theme::Light => LIGHT,
            Theme::Dark => DARK,
        }
    }
}

/// Text of figures that are read from afar.
pub(super) fn large() -> TextStyle {
    TextStyle::Name("large".into())
}

/// Height of controls in a row.
pub(super) const CONTROL_HEIGHT: f32 = 30.0;

/// The page is no wider than this, however wide the window is.
pub(super) const PAGE_WIDTH: f32 = 1080.0;

/// Sets both themes.
pub(super) fn install(ctx: &Context) {
    for theme in [Theme::Light, Theme::Dark] {
        ctx.style_mut_of(theme, |style| set(style, theme));
    }
    // The keys for it are in the list of commands.
    ctx.options_mut(|options| {
        options.zoom_with_keyboard = false;
        options.fallback_theme = Theme::Light;
    });
}

fn set(style: &mut Style, theme: Theme) {
    let size = |points| FontId::new(points, FontFamily::Proportional);
    style.text_styles = [
        (TextStyle::Small, size(13.0)),
        (TextStyle::Body, size(15.0)),
        (TextStyle::Button, size(15.0)),
        (TextStyle::Heading, size(21.0)),
        (large(), size(26.0)),
        (
            TextStyle::Monospace,
            FontId::new(13.0, FontFamily::Monospace),
        ),
    ]
    .into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(8.0, 6.0);
    spacing.button_padding = vec2(12.0, 5.0);
    spacing.interact_size = vec2(40.0, CONTROL_HEIGHT);
    spacing.menu_margin = Margin::same(8);
    spacing.combo_height = 320.0;
    spacing.icon_width = 16.0;
    spacing.tooltip_width = 420.0;
    spacing.scroll = ScrollStyle {
        bar_width: 8.0,
        floating_allocated_width: 10.0,
        ..ScrollStyle::floating()
    };
    style.interaction.tooltip_delay = 0.4;
    style.visuals = visuals(theme);
}

fn visuals(theme: Theme) -> Visuals {
    let palette = Palette::of_theme(theme);
    let mut visuals = match theme {
        Theme::Light => Visuals::light(),
        Theme::Dark => Visuals::dark(),
    };
    let corner = CornerRadius::same(7);
    let widget = |fill, line, text| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, line),
        corner_radius: corner,
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    let Palette {
        paper,
        card,
        ink,
        soft,
        line,
        strong_line,
        accent,
        tint,
        ..
    } = palette;
    let widgets = &mut visuals.widgets;
    widgets.noninteractive = widget(paper, line, ink);
    widgets.inactive = widget(card, strong_line, ink);
    widgets.hovered = widget(tint, accent, ink);
    widgets.active = widget(tint, accent, ink);
    widgets.open = widget(tint, accent, ink);
    widgets.active.bg_stroke.width = 2.0; // the keyboard's place must be seen
    visuals.selection.bg_fill = tint;
    visuals.selection.stroke = Stroke::new(1.0, accent);
    visuals.hyperlink_color = accent;
    visuals.weak_text_color = Some(soft);
    visuals.panel_fill = paper;
    visuals.window_fill = card;
    visuals.window_stroke = Stroke::new(1.0, line);
    visuals.window_corner_radius = CornerRadius::same(14);
    visuals.menu_corner_radius = CornerRadius::same(10);
    visuals.extreme_bg_color = card;
    visuals.text_edit_bg_color = Some(card);
    visuals.faint_bg_color = tint;
    visuals.code_bg_color = Color32::TRANSPARENT;
    visuals.warn_fg_color = palette.warn;
    visuals.error_fg_color = palette.bad;
    visuals
}
