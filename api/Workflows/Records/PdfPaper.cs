using PdfSharp;
using PdfSharp.Drawing;
using PdfSharp.Pdf;

namespace StepCloud.Api.Workflows.Records;

/// <summary>Pages of A4 that are written from top to bottom; what has no room begins the next one. Lengths are in points.</summary>
internal sealed class PdfPaper : IDisposable
{
    public const double Left = 40, Right = 555, Top = 84, Bottom = 800, PageWidth = 595;
    public const double Width = Right - Left;

    private const double LineSpacing = 1.25, BaselineShare = 0.95, Padding = 2;

    private readonly PdfDocument _document;
    private readonly Dictionary<(bool IsBold, double Size), XFont> _fonts = [];
    private XGraphics? _page;

    public PdfPaper(PdfDocument document)
    {
        _document = document;
        NewPage();
    }

    /// <summary>Where the next thing is written.</summary>
    public double Y { get; private set; }

    public XGraphics Page => _page!;

    public void Dispose() => _page?.Dispose();

    public void Need(double height)
    {
        if (Y + height > Bottom) NewPage();
    }

    public void Skip(double height) => Y += height;

    public void Heading(string text, double size = 11)
    {
        Need(size * 4);
        Skip(size * 0.8);
        Write(text, Left, Y, size, isBold: true, Width);
        Skip(size * LineSpacing);
        Page.DrawLine(XPens.Gray, Left, Y, Right, Y);
        Skip(3);
    }

    public void Paragraph(string text, double size = 8, int linesMax = 40, bool isBold = false)
    {
        foreach (string line in PrintedText.Wrap(text, FontOf(isBold), size, Width, linesMax))
        {
            Need(size * LineSpacing);
            Draw(line, Left, Y, size, isBold, XBrushes.Black);
            Skip(size * LineSpacing);
        }
    }

    /// <summary>Rows below a head, where the columns have titles; it stands again on every new page.</summary>
    /// <param name="linesMax">Of each cell; what is longer ends in "...".</param>
    public void Table(IReadOnlyList<PdfColumn> columns, IEnumerable<string[]> rows, double size = 7, int linesMax = 6)
    {
        string[] head = [.. columns.Select(column => column.Title)];
        Need(size * LineSpacing * 3);
        Head();
        foreach (string[] row in rows)
        {
            if (Y + HeightOf(columns, row, size, linesMax) > Bottom)
            {
                NewPage();
                Head();
            }

            Row(columns, row, size, isBold: false, linesMax);
        }

        Skip(size);

        void Head()
        {
            if (head.Any(title => title.Length > 0)) Row(columns, head, size, isBold: true, linesMax);
        }
    }

    /// <summary>One line at a place, cut to the width. It does not move <see cref="Y"/>.</summary>
    public void Write(string text, double x, double y, double size, bool isBold, double width, XBrush? brush = null) =>
        Draw(PrintedText.Fit(text, FontOf(isBold), size, width), x, y, size, isBold, brush ?? XBrushes.Black);

    public static PrintedFont FontOf(bool isBold) => isBold ? PdfFonts.Bold : PdfFonts.Regular;

    /// <summary>When all is written: something on every page.</summary>
    public void OnEveryPage(Action<PdfPaper, int, int> write)
    {
        for (int i = 0; i < _document.PageCount; i++)
        {
            _page!.Dispose();
            _page = XGraphics.FromPdfPage(_document.Pages[i]);
            write(this, i + 1, _document.PageCount);
        }
    }

    private static double HeightOf(IReadOnlyList<PdfColumn> columns, string[] row, double size, int linesMax) =>
        (columns.Select((column, i) => LinesOf(column, row[i], size, isBold: false, linesMax).Count).Max() * size * LineSpacing) + Padding;

    private static List<string> LinesOf(PdfColumn column, string text, double size, bool isBold, int linesMax) =>
        PrintedText.Wrap(text, FontOf(isBold), size, column.Width - (2 * Padding), linesMax);

    private void Row(IReadOnlyList<PdfColumn> columns, string[] row, double size, bool isBold, int linesMax)
    {
        double x = Left;
        int most = 1;
        for (int i = 0; i < columns.Count; i++)
        {
            List<string> lines = LinesOf(columns[i], row[i], size, isBold, linesMax);
            for (int line = 0; line < lines.Count; line++)
            {
                double room = columns[i].IsNumber ? columns[i].Width - (2 * Padding) - FontOf(isBold).WidthOf(lines[line], size) : 0;
                Draw(lines[line], x + Padding + room, Y + (line * size * LineSpacing), size, isBold, XBrushes.Black);
            }

            most = Math.Max(most, lines.Count);
            x += columns[i].Width;
        }

        Skip((most * size * LineSpacing) + Padding);
        Page.DrawLine(XPens.LightGray, Left, Y - 1, Right, Y - 1);
    }

    private void Draw(string line, double x, double y, double size, bool isBold, XBrush brush)
    {
        if (line.Length == 0) return;
        if (!_fonts.TryGetValue((isBold, size), out XFont? font)) _fonts[(isBold, size)] = font = PdfFonts.Make(isBold, size);
        Page.DrawString(line, font, brush, x, y + (size * BaselineShare));
    }

    private void NewPage()
    {
        _page?.Dispose();
        PdfPage page = _document.AddPage();
        page.Size = PageSize.A4;
        _page = XGraphics.FromPdfPage(page);
        Y = Top;
    }
}

/// <param name="Width">In points.</param>
/// <param name="IsNumber">Its texts end at its right.</param>
internal sealed record PdfColumn(string Title, double Width, bool IsNumber = false);
