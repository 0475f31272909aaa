// Writes the shapes of a picture as SVG.
#pragma once

#include <string>
#include <string_view>

namespace cheget::analysis {

struct Point {
    double x = 0;
    double y = 0;
};
struct Size {
    double width = 0;
    double height = 0;
};

/// Collects shapes and keeps the canvas as large as they need.
class Canvas {
  public:
    /// A rectangle with rounded corners, in the look of a style class.
    void rectangle(Point at, Size size, std::string_view style);
    /// One line of text; `at` is where its line box begins, top left, 18 px high.
    void text(Point at, std::string_view text, std::string_view style);
    /// The document; `title` is read out by screen readers.
    std::string finish(std::string_view title) const;

  private:
    void include(Point corner);

    std::string shapes_;
    Size size_;
};

constexpr double k_line_height = 18;

/// The width of a text on the canvas.
double text_width(std::string_view text);

}  // namespace cheget::analysis
