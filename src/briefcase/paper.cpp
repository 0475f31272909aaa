// cairo's PDF surface, loaded with the first page.
#include "briefcase/paper.h"

#include <cairo-pdf.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "briefcase/qr.h"
#include "net/late_library.h"

namespace cheget::briefcase {

namespace {

using base::ErrorKind;
using base::Result;

struct Cairo {
    net::LateLibrary library{"libcairo.so.2"};
    decltype(&::cairo_pdf_surface_create_for_stream) make_pdf =
        library["cairo_pdf_surface_create_for_stream"];
    decltype(&::cairo_surface_finish) finish = library["cairo_surface_finish"];
    decltype(&::cairo_surface_status) status_of = library["cairo_surface_status"];
    decltype(&::cairo_surface_destroy) free_surface = library["cairo_surface_destroy"];
    decltype(&::cairo_create) create = library["cairo_create"];
    decltype(&::cairo_destroy) destroy = library["cairo_destroy"];
    decltype(&::cairo_rectangle) rectangle = library["cairo_rectangle"];
    decltype(&::cairo_fill) fill = library["cairo_fill"];
    decltype(&::cairo_select_font_face) font = library["cairo_select_font_face"];
    decltype(&::cairo_set_font_size) font_size = library["cairo_set_font_size"];
    decltype(&::cairo_move_to) move_to = library["cairo_move_to"];
    decltype(&::cairo_show_text) show = library["cairo_show_text"];
    decltype(&::cairo_show_page) end_page = library["cairo_show_page"];
};

const Cairo& cairo() {
    static const Cairo loaded;
    return loaded;
}

struct FreeSurface {
    void operator()(cairo_surface_t* surface) const { cairo().free_surface(surface); }
};
struct FreeContext {
    void operator()(cairo_t* context) const { cairo().destroy(context); }
};

// In points, 72 to an inch: A4, which fits US Letter's width and, with this margin, its height.
constexpr double k_page_width = 595;
constexpr double k_page_height = 842;
constexpr double k_margin = 42;
constexpr double k_lowest = 772;  // of what is printed; Letter ends at 792
constexpr double k_code_side = 184;
constexpr double k_column = 258;
constexpr double k_title_size = 14;
constexpr double k_text_size = 8.5;
constexpr double k_caption_size = 6.8;
constexpr double k_line = 1.35;    // of the size
constexpr double k_advance = 0.6;  // of the size: a character of a monospaced face
constexpr std::size_t k_caption_lines = 4;
constexpr double k_row = k_code_side + k_caption_lines * k_caption_size * k_line + 14;

std::size_t characters_in(double width, double size) {
    return static_cast<std::size_t>(width / (size * k_advance));
}

class Printer {
  public:
    Printer(cairo_t* page, const Paper& paper) : page_(page), paper_(paper) {}

    Result<void> print() {
        cairo().font(page_, "monospace", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD);
        line(paper_.title, k_margin, k_title_size);
        cairo().font(page_, "monospace", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
        y_ += k_text_size;
        for (const std::string& text : paper_.text) {
            paragraph(text);
        }
        y_ += k_text_size;
        bool left = true;
        for (const PrintedCode& code : paper_.codes) {
            if (left && y_ + k_row > k_lowest) {
                turn_page();
            }
            TRY(print_code(code, left ? k_margin : k_margin + k_column));
            y_ += left ? 0 : k_row;
            left = !left;
        }
        end_page();
        return {};
    }

  private:
    void line(std::string_view text, double x, double size) {
        y_ += size * k_line;
        const std::string some(text.substr(0, characters_in(k_page_width - k_margin - x, size)));
        cairo().font_size(page_, size);
        cairo().move_to(page_, x, y_);
        cairo().show(page_, some.c_str());
    }

    /// Broken at the page's edge, as nothing of what is signed may be lost there.
    void paragraph(std::string_view text) {
        const std::size_t most = characters_in(k_page_width - 2 * k_margin, k_text_size);
        do {
            if (y_ + k_text_size * k_line > k_lowest) {
                turn_page();
            }
            line(text.substr(0, most), k_margin, k_text_size);
            text.remove_prefix(std::min(most, text.size()));
        } while (!text.empty());
    }

    void end_page() {
        y_ = k_lowest + 2;
        line(fmt::format("{}   page {}", paper_.foot, page_number_), k_margin, k_caption_size);
        cairo().end_page(page_);
    }

    void turn_page() {
        end_page();
        ++page_number_;
        y_ = k_margin;
    }

    Result<void> print_code(const PrintedCode& printed, double x) {
        const Code code = TRY(make_code(printed.payload, Correction::medium));
        constexpr unsigned k_quiet = 4;
        const double module = k_code_side / (code.size() + 2 * k_quiet);
        const double left = x;  // the margin and the gap between columns are quiet enough
        const double top = y_ + k_quiet * module;
        const int size = static_cast<int>(code.size());
        for (int row = 0; row < size; ++row) {
            for (int column = 0; column < size; ++column) {
                if (!code.is_dark(row, column) || code.is_dark(row, column - 1)) {
                    continue;
                }
                int end = column + 1;
                while (code.is_dark(row, end)) {
                    ++end;
                }
                cairo().rectangle(page_, left + column * module, top + row * module,
                                  (end - column) * module, module);
            }
        }
        cairo().fill(page_);
        const double y = y_;
        y_ += k_code_side;
        const std::size_t most = characters_in(k_column - k_margin / 2, k_caption_size);
        for (std::size_t i = 0; i < std::min(printed.caption.size(), k_caption_lines); ++i) {
            line(std::string_view(printed.caption[i]).substr(0, most), left, k_caption_size);
        }
        y_ = y;
        return {};
    }

    cairo_t* page_;
    const Paper& paper_;
    double y_ = k_margin;
    unsigned page_number_ = 1;
};

cairo_status_t take(void* to, const unsigned char* data, unsigned size) {
    static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(data), size);
    return CAIRO_STATUS_SUCCESS;
}

}  // namespace

Result<std::string> print_pdf(const Paper& paper) {
    if (!cairo().library.failure().empty()) {
        return base::fail(ErrorKind::unreachable,
                          "printing on paper: " + cairo().library.failure());
    }
    if (paper.codes.empty() || paper.codes.size() > k_most_codes_on_paper) {
        return base::bad_input(fmt::format("printing on paper: 1 to {} codes, not {}",
                                           k_most_codes_on_paper, paper.codes.size()));
    }
    std::string file;
    const std::unique_ptr<cairo_surface_t, FreeSurface> surface(
        cairo().make_pdf(take, &file, k_page_width, k_page_height));
    {
        const std::unique_ptr<cairo_t, FreeContext> context(cairo().create(surface.get()));
        TRY(Printer(context.get(), paper).print());
    }
    cairo().finish(surface.get());
    if (cairo().status_of(surface.get()) != CAIRO_STATUS_SUCCESS) {
        return base::fail(ErrorKind::unreachable, "printing on paper: cairo failed");
    }
    return file;
}

}  // namespace cheget::briefcase
