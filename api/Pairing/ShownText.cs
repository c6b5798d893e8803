using System.Globalization;
using System.Text;
using StepCloud.Contracts.Gateways;

namespace StepCloud.Api.Pairing;

/// <summary>Text from somebody unknown that a user is shown before deciding: nothing invisible, nothing that turns the writing around.</summary>
internal static class ShownText
{
    public static bool Is(string? text) =>
        !string.IsNullOrWhiteSpace(text) && text.Length <= PairingLimits.TextCharsMax && text.EnumerateRunes().All(IsShown);

    private static bool IsShown(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
