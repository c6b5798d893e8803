using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace StepCloud.Storage.Cases;

/// <summary>What is the same for whoever looks for it, however it is written: the form that is hashed.</summary>
/// <remarks>Its rules are its own and no version of Unicode's: what was hashed years ago must be found. Whoever changes them has all cases hashed anew.</remarks>
internal static class LookUpText
{
    private const string Accented =
        "ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮİĴĶĹĻĽŁŃŅŇŌŎŐŔŖŘŚŜŞŠŢŤŦŨŪŬŮŰŲŴŶŸŹŻŽƠƯǍǏǑǓǕǗǙǛǞǠǦǨ" +
        "ǪǬǴǸǺǾȀȂȄȆȈȊȌȎȐȒȔȖȘȚȞȦȨȪȬȮȰȲḀḂḄḆḈḊḌḎḐḒḔḖḘḚḜḞḠḢḤḦḨḪḬḮḰḲḴḶḸḺḼḾṀṂṄṆṈṊṌṎṐṒṔṖṘṚṜṞṠṢṤṦṨṪṬṮṰṲṴṶṸṺṼṾẀẂẄẆẈẊẌẎ" +
        "ẐẒẔẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸ";

    private const string Plain =
        "AAAAAACEEEEIIIINOOOOOOUUUUYAAACCCCDDEEEEEGGGGHHIIIIIJKLLLLNNNOOORRRSSSSTTTUUUUUUWYYZZZOUAIOUUUUUAAGK" +
        "OOGNAOAAEEIIOORRUUSTHAEOOOOYABBBCDDDDDEEEEEFGHHHHHIIKKKLLLLMMMNNNNOOOOPPRRRRSSSSSTTTTUUUUUVVWWWWWXXY" +
        "ZZZAAAAAAAAAAAAEEEEEEEEIIOOOOOOOOOOOOUUUUUUUYYYY";

    private static readonly FrozenDictionary<char, char> Folded = Accented.Zip(Plain).ToFrozenDictionary(pair => pair.First, pair => pair.Second);

    /// <summary>Upper case, no white space.</summary>
    public static string OfReference(string reference) => string.Concat(reference.ToUpperInvariant().Where(c => !char.IsWhiteSpace(c)));

    /// <summary>A person's name and birth date. Order, case, accents and punctuation of the name do not matter: "Ngata, Hēmi" is "hemi ngata".</summary>
    public static string OfPerson(string name, DateOnly birthDate)
    {
        StringBuilder plain = new(name.Length);
        foreach (char c in name.ToUpperInvariant())
        {
            // An accent can be a character of its own. Apostrophes join: O'Neill is ONEILL.
            if (char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark || c is '\'' or '’') continue;
            plain.Append(char.IsLetterOrDigit(c) || char.IsSurrogate(c) ? Folded.GetValueOrDefault(c, c) : ' ');
        }

        string[] words = plain.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Array.Sort(words, StringComparer.Ordinal);
        // A name of nothing but signs is itself.
        return (words.Length == 0 ? name : string.Join(' ', words)) + "\0" + birthDate.ToString("O", CultureInfo.InvariantCulture);
    }
}
