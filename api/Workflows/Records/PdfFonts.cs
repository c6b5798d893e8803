using PdfSharp;
using PdfSharp.Drawing;
using PdfSharp.Fonts;
using PdfSharp.Pdf;

namespace StepCloud.Api.Workflows.Records;

/// <summary>The two fonts of a page, from Debian's package, embedded in every PDF.</summary>
internal static class PdfFonts
{
    private const string Folder = "/usr/share/fonts/truetype/dejavu/";
    private const string Family = "DejaVu Sans", RegularFace = "regular", BoldFace = "bold";

    private static readonly Lazy<(PrintedFont Regular, PrintedFont Bold)> s_fonts = new(Load, LazyThreadSafetyMode.PublicationOnly);

    private static readonly XPdfFontOptions s_unicode = new(PdfFontEncoding.Unicode);

    public static PrintedFont Regular => s_fonts.Value.Regular;

    public static PrintedFont Bold => s_fonts.Value.Bold;

    public static XFont Make(bool isBold, double size) => new(Family, size, isBold ? XFontStyleEx.Bold : XFontStyleEx.Regular, s_unicode);

    /// <remarks>PDFsharp 6.5 asks under which license it is used before it does anything (docs/DEPENDENCIES.md).</remarks>
    private static (PrintedFont Regular, PrintedFont Bold) Load()
    {
        PrintedFont regular = PrintedFont.Read(Folder + "DejaVuSans.ttf"), bold = PrintedFont.Read(Folder + "DejaVuSans-Bold.ttf");
        PdfSharpLicense.SetAgplLicense();
        GlobalFontSettings.FontResolver = new Resolver(regular, bold);
        return (regular, bold);
    }

    private sealed class Resolver(PrintedFont regular, PrintedFont bold) : IFontResolver
    {
        public FontResolverInfo? ResolveTypeface(string familyName, bool isBold, bool isItalic) => new(isBold ? BoldFace : RegularFace);

        public byte[]? GetFont(string faceName) => faceName == BoldFace ? bold.Bytes : regular.Bytes;
    }
}
