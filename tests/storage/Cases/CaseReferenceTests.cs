using Shouldly;
using StepCloud.Storage.Cases;
using Xunit;

namespace StepCloud.Tests.Storage;

public sealed class CaseReferenceTests
{
    private const string Letters = "ABCDEFGHJKLMNPQRSTUVWXYZ";

    /// <summary>Published examples: HISO 10046 and Health New Zealand's page on the new format.</summary>
    [Theory]
    [InlineData("ZZZ0016")]
    [InlineData("ZZZ0024")]
    [InlineData("ZAC5361")]
    [InlineData("ZAA0067")]
    [InlineData("ZAA0075")]
    [InlineData("ZAA0083")]
    [InlineData("ZAB0003")]
    [InlineData("ZAB0020")]
    [InlineData("ACA31FM")]
    [InlineData("ASE37QK")]
    [InlineData("ARE62RS")]
    [InlineData("BGJ06AS")]
    [InlineData("BGA44DT")]
    [InlineData("BWT41BY")]
    public void A_national_health_index_number_is_known_by_its_last_character_and_by_no_other(string number)
    {
        NationalHealthIndex.IsValid(number).ShouldBeTrue();
        foreach (char other in Letters + "0123456789IO")
            if (other != number[^1]) NationalHealthIndex.IsValid(number[..^1] + other).ShouldBeFalse($"{number[..^1]}{other}");
    }

    [Theory]
    [InlineData("", "nothing")]
    [InlineData("ZZZ001", "too short")]
    [InlineData("ZZZ00167", "too long")]
    [InlineData("ZZZ0044", "a rest of 0 was never issued")]
    [InlineData("ZAC3561", "two digits changed places")]
    [InlineData("ZIZ0016", "no I among the letters")]
    [InlineData("ZOZ0016", "no O among the letters")]
    [InlineData("zzz0016", "lower case: tidied before")]
    [InlineData("ALU18KZ", "the first draft of the new form, modulo 24")]
    [InlineData("ZZZ00AX", "the first draft of the new form, modulo 24")]
    [InlineData("ZZZ0A16", "a letter among the digits")]
    [InlineData("１ZZ0016", "a digit of another script")]
    public void What_is_no_national_health_index_number_is_refused(string number, string why) => NationalHealthIndex.IsValid(number).ShouldBeFalse(why);

    [Fact]
    public void In_the_new_form_a_mistyped_letter_or_digit_is_found()
    {
        const string number = "ACA31FM";
        for (int i = 0; i < 6; i++)
        {
            foreach (char other in char.IsAsciiDigit(number[i]) ? "0123456789" : Letters)
            {
                // Of two letters 23 apart, A and Z, one check stands for both.
                if (other == number[i] || (number[i] == 'A' && other == 'Z')) continue;
                string mistyped = number[..i] + other + number[(i + 1)..];
                NationalHealthIndex.IsValid(mistyped).ShouldBeFalse(mistyped);
            }
        }
    }

    [Theory]
    [InlineData("9434765919", true)]
    [InlineData("9434765918", false)]
    [InlineData("943476591", false)]
    [InlineData("94347659190", false)]
    [InlineData("943476591A", false)]
    [InlineData("9437465919", false)]
    public void An_nhs_number_is_known_by_its_last_digit(string number, bool isValid) => NhsNumber.IsValid(number).ShouldBe(isValid);

    [Theory]
    [InlineData("nz_nhi", " zzz 0016 ", "ZZZ0016")]
    [InlineData("uk_nhs", "943 476 5919", "9434765919")]
    [InlineData("plain", " Order 17/b ", "Order 17/b")]
    public void A_reference_is_tidied_as_its_format_has_it(string format, string typed, string tidied)
    {
        CaseReferences.Tidied(format, typed).ShouldBe(tidied);
        CaseReferences.Fault(format, tidied).ShouldBeNull();
    }

    [Fact]
    public void A_fault_does_not_repeat_what_was_given() => CaseReferences.Fault("nz_nhi", "ZZZ0017").ShouldNotBeNull().ShouldNotContain("ZZZ0017");

    [Theory]
    [InlineData("Ngata, Hēmi", "hemi ngata", true)]
    [InlineData("Hēmi  Ngata", "HĒMI NGATA", true)]
    [InlineData("O'Neill, Ann-Marie", "ann marie oneill", true)]
    [InlineData("He\u0304mi Ngata", "Hēmi Ngata", true)]
    [InlineData("Søren Nguyễn Łukasz", "soren nguyen lukasz", true)]
    [InlineData("Strauß", "Strauss", false)]
    [InlineData("Ann Lee", "Anne Lee", false)]
    [InlineData("李明", "李明", true)]
    [InlineData("---", "...", false)]
    public void A_person_is_found_however_the_name_is_written(string one, string other, bool same)
    {
        DateOnly born = new(1980, 2, 29);
        (LookUpText.OfPerson(one, born) == LookUpText.OfPerson(other, born)).ShouldBe(same);
        LookUpText.OfPerson(one, born).ShouldNotBe(LookUpText.OfPerson(one, born.AddDays(1)));
    }
}
