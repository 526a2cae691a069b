import type { BundleFinding } from '#protocol/bundle.ts'

/** What is wrong, for the person at the terminal. */
export const findingWords: Readonly<Record<BundleFinding['code'], string>> = {
  missing: '項目がありません（削除）',
  malformed: '項目として読めません（改変）',
  misplaced: '別の位置の項目です（移動、入れ替え、追加）',
  edited: '書き込んだときのハッシュと一致しません（改変）',
  repeated: '同じ識別子の項目が前にあります（追加）',
  foreign: '別の配備の操作です（追加）',
  'params-altered': '署名されたパラメーターと一致しません（改変）',
  'key-unknown': '記録が認めていない鍵で署名されています',
  'key-not-allowed': 'この操作に認められていない鍵、または失効した鍵で署名されています',
  'signature-invalid': '署名が一致しません（改変）',
  'restoration-invalid': '復元の記録が、その前の履歴または署名と一致しません（追加、改変）',
  'root-differs': '項目から計算したルートが、保存されたルートと一致しません',
  'seen-differs': '別の端末が確認したチェックポイントと一致しません（改変、削除、追加）',
  'seen-ahead': '別の端末が確認した項目がありません（末尾の削除）',
  'not-included': '範囲の外の項目が、チェックポイントの記録に含まれていません（改変）',
  'checkpoint-differs': '項目から計算した記録が、チェックポイントと一致しません（改変、削除、追加）',
  'checkpoint-unsigned': 'チェックポイントに、この記録の鍵の署名がありません',
  'checkpoint-forged': 'チェックポイントの署名が一致しません（改変）',
  'other-log-key': 'この機械で信頼している鍵とは別の鍵の記録です（なりすまし）',
  'evidence-unnamed': '添えられた証拠を、その項目が指していません（差し替え）',
}
